//! How shuttle's models are run.

use async_mech::EventLoop;
use shuttle::scheduler::{PctScheduler, RandomScheduler};
use shuttle::{Config, Runner};

/// Runs the model under so many random schedules, and under so many of each kind that preempt at
/// one to four places; times what `ASYNC_MECH_SCHEDULES` says, if it says anything (0.1, 10).
pub fn explore(random: usize, preempting: usize, model: impl Fn() + Copy + Send + Sync + 'static) {
    let (random, preempting) = (times(random), times(preempting));
    let mut config = Config::new();
    // Room for awaiters to lend their threads.
    config.stack_size = 1 << 20;
    config.silence_warnings = true;
    Runner::new(RandomScheduler::new(random), config.clone()).run(model);
    for depth in 1..=4 {
        Runner::new(PctScheduler::new(depth, preempting), config.clone()).run(model);
    }
}

fn times(schedules: usize) -> usize {
    let Ok(factor) = std::env::var("ASYNC_MECH_SCHEDULES") else { return schedules };
    let factor: f64 = factor.parse().expect("ASYNC_MECH_SCHEDULES is a number");
    ((schedules as f64 * factor) as usize).max(1)
}

/// Runs the model with a loop of its own as the current one.
pub fn in_loop(lend: bool, most: Option<usize>, model: impl FnOnce(&EventLoop)) {
    let mut builder = EventLoop::builder().lend_threads(lend);
    if let Some(most) = most {
        builder = builder.max_threads(most);
    }
    let event_loop = builder.build();
    event_loop.run(|| model(&event_loop));
}

/// With and without lending, and at a ceiling of one thread.
pub fn in_loops(model: impl Fn(&EventLoop)) {
    for (lend, most) in [(true, None), (false, None), (true, Some(1)), (false, Some(1))] {
        in_loop(lend, most, &model);
    }
}
