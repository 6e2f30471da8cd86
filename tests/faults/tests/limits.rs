//! Limits of the system and of one's own: threads, stacks, memory, files, no `/proc`.
//!
//! See also `ceiling.rs` and `refused.rs` in `tests/tests`, for what is not repeated here.

mod child;

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Command, Stdio};

use child::{ends_well, faulty, has, limited, output};

const KIB: usize = 1024;

#[test]
fn work_completes_with_one_to_four_threads_and_stacks_of_every_size() {
    for threads in [1, 2, 3, 4] {
        for stack in [256 * KIB, 1024 * KIB, 0] {
            ends_well(faulty(&["work", &threads.to_string(), &stack.to_string()]));
        }
    }
}

#[test]
fn with_stacks_too_small_to_lend_every_invocation_has_a_thread_of_its_own() {
    for stack in [64 * KIB, 128 * KIB, 192 * KIB] {
        ends_well(faulty(&["work", "0", &stack.to_string()]));
        ends_well(faulty(&["chains", "0", &stack.to_string()]));
    }
}

#[test]
fn a_chain_too_deep_for_few_small_stacks_says_so() {
    for threads in [1, 2, 3, 4] {
        for stack in [64 * KIB, 128 * KIB, 256 * KIB, 512 * KIB] {
            ends_well(faulty(&["chains", &threads.to_string(), &stack.to_string()]));
        }
    }
}

#[test]
fn a_join_finds_a_thread_though_the_first_start_was_refused() {
    ends_well(faulty(&["join-after-a-refusal"]));
}

#[test]
fn work_completes_where_no_file_can_be_opened() {
    ends_well(limited("-n 50", &["work-without-files"]));
}

#[test]
fn a_stranger_whose_stack_is_not_known_waits_for_a_thread_at_a_ceiling() {
    ends_well(limited("-n 50", &["stranger-at-a-ceiling"]));
}

/// Runs it without `/proc`, where one may arrange that.
#[test]
fn work_completes_without_proc() {
    if !has("unshare") {
        return;
    }
    let hide = "mount -t tmpfs none /proc && exec \"$0\" work";
    let mut command = Command::new("unshare");
    command.args(["--mount", "sh", "-c", hide, env!("CARGO_BIN_EXE_faulty")]);
    let output = output(command);
    let stderr = String::from_utf8_lossy(&output.stderr);
    if ["unshare:", "mount:"].iter().any(|tool| stderr.starts_with(tool)) {
        eprintln!("skipped: {stderr}");
        return;
    }
    assert!(output.status.success(), "{output:?}");
    assert_eq!(output.stdout, b"all done\n");
}

#[test]
fn work_completes_where_memory_for_stacks_runs_out() {
    // One arena, and a heap that is not given back: what is refused is stacks.
    for mebibytes in [16, 24, 32, 64, 128] {
        let mut command = limited(&format!("-v {}", mebibytes * KIB), &["work"]);
        command.env("MALLOC_ARENA_MAX", "1").env("MALLOC_TRIM_THRESHOLD_", "1000000000");
        ends_well(command);
    }
}

/// The work once. False if the process is gone.
fn works_once(child: &mut Child, lines: &mut impl BufRead) -> bool {
    let stdin = child.stdin.as_mut().expect("a pipe");
    let mut line = String::new();
    stdin.write_all(b"go on\n").is_ok()
        && lines.read_line(&mut line).expect("text") > 0
        && line == "done once\n"
}

#[test]
fn a_limit_on_threads_may_come_and_go_while_it_runs() {
    if !has("setpriv") || !has("prlimit") {
        return;
    }
    // A user that nobody is: the limit counts all threads of a user, and does not bind root.
    let nobody = (1_000_000_000 + std::process::id()).to_string();
    let folder = std::env::temp_dir().join(format!("async-mech-faulty-{nobody}"));
    std::fs::create_dir_all(&folder).expect("a folder");
    let program = folder.join("faulty");
    std::fs::copy(env!("CARGO_BIN_EXE_faulty"), &program).expect("a copy that all may run");
    let mut child = Command::new("setpriv")
        .args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"])
        .arg(&program)
        .args(["work-again", "13"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("setpriv starts");
    let mut lines = BufReader::new(child.stdout.take().expect("a pipe"));
    let process = child.id().to_string();
    let limit = |most: &str| {
        let limit = format!("--nproc={most}");
        let set = Command::new("prlimit").args(["--pid", &process, &limit]).output();
        set.expect("prlimit starts").status.success()
    };
    // It has begun to work before it is limited: so it is `faulty`, and no longer `setpriv`.
    let begins = works_once(&mut child, &mut lines);
    if begins && limit("1000:1000") {
        for most in ["1", "1000", "2", "3", "1", "8", "1000", "1", "1", "4", "2", "1000"] {
            assert!(limit(&format!("{most}:1000")));
            assert!(works_once(&mut child, &mut lines), "with a limit of {most}");
        }
    } else {
        eprintln!("skipped: another user's processes cannot be limited here");
    }
    drop(child.stdin.take());
    let output = child.wait_with_output().expect("it ends");
    std::fs::remove_dir_all(folder).expect("the copy goes");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() || stderr.starts_with("setpriv:"), "{stderr}");
}
