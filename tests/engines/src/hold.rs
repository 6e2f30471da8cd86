//! The scenarios as tests.

/// All of them, of that engine.
#[macro_export]
macro_rules! scenarios_hold {
    ($engine:ident) => {
        const WORKER: &str = env!("CARGO_BIN_EXE_worker");
        const PARTIAL: &str = env!("CARGO_BIN_EXE_partial");

        /// A group of so many workers of a server, if there is one.
        fn with(
            binary: &'static str,
            workers: usize,
            run: impl FnOnce(&mut $crate::Group<'_, $engine>),
        ) {
            if let Some(mut rig) = $engine::start() {
                run(&mut $crate::Group::of(&mut rig, binary, workers));
            }
        }

        #[test]
        fn what_one_worker_invokes_others_run() {
            with(WORKER, 3, $crate::scenarios::spreads);
        }

        #[test]
        fn an_id_that_two_processes_ask_for_runs_once() {
            with(WORKER, 2, $crate::scenarios::runs_one_id_once);
        }

        #[test]
        fn a_worker_killed_while_its_function_awaits_loses_nothing() {
            with(WORKER, 2, $crate::scenarios::survives_the_outer);
        }

        #[test]
        fn a_worker_killed_while_it_runs_a_leaf_loses_nothing() {
            with(WORKER, 2, $crate::scenarios::survives_an_inner);
        }

        #[test]
        fn workers_killed_every_second_lose_nothing() {
            with(WORKER, 4, |group| $crate::scenarios::survives_a_storm(group, 10, 20, 500));
        }

        #[test]
        #[ignore = "takes a minute, alone"]
        fn a_hundred_roots_survive_workers_killed_every_second() {
            with(WORKER, 4, |group| $crate::scenarios::survives_a_storm(group, 100, 20, 3_000));
        }

        #[test]
        fn a_server_killed_and_started_again_loses_nothing() {
            with(WORKER, 2, $crate::scenarios::survives_the_server);
        }

        #[test]
        fn a_function_that_a_worker_lacks_is_named_or_run_elsewhere() {
            with(PARTIAL, 1, |group| $crate::scenarios::says_what_a_worker_lacks(group, WORKER));
        }

        #[test]
        fn a_thousand_children() {
            with(WORKER, 2, $crate::scenarios::fans_out);
        }

        #[test]
        fn failures_cross() {
            with(WORKER, 2, $crate::scenarios::passes_failures_on);
        }

        #[test]
        fn cancelling_a_root_reaches_what_it_awaits() {
            with(WORKER, 2, $crate::scenarios::cancels_below);
        }

        #[test]
        fn an_await_of_a_day_holds_no_worker() {
            with(WORKER, 2, $crate::scenarios::waits_without_a_worker);
        }

        #[test]
        fn the_winner_of_a_race_stays_the_winner() {
            with(WORKER, 2, $crate::scenarios::keeps_the_winner);
        }

        #[test]
        #[ignore = "a measurement, alone"]
        fn hops() {
            with(WORKER, 1, $crate::scenarios::measures_hops);
        }
    };
}
