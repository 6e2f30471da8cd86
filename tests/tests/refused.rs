//! Where the system refuses threads (`RLIMIT_NPROC`), everything completes all the same.

use std::path::PathBuf;
use std::process::Command;

/// A user that nobody is, and no other of these tests in this or another process: the limit counts
/// all threads of a user.
fn nobody(spare: u32) -> String {
    (100_000_000 + 8 * std::process::id() + spare).to_string()
}

/// The program where any user may run it.
struct Program(PathBuf);

impl Program {
    fn new(name: &str) -> std::io::Result<Program> {
        let folder = std::env::temp_dir().join(format!("async-mech-{name}-{}", std::process::id()));
        std::fs::create_dir_all(&folder)?;
        let program = Program(folder);
        std::fs::copy(env!("CARGO_BIN_EXE_refused"), program.path())?;
        Ok(program)
    }

    fn path(&self) -> PathBuf {
        self.0.join("refused")
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

/// Runs the program with at most `most` threads, `spare` of which it may use for its work. Says
/// why not, where that cannot be arranged.
fn run(name: &str, most: u32, spare: u32) -> Result<(), String> {
    let program = Program::new(name).map_err(|error| error.to_string())?;
    let nobody = nobody(spare);
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid", &nobody, "--regid", &nobody, "--clear-groups"])
        .args(["prlimit", &format!("--nproc={most}:{most}")])
        .arg(program.path())
        .arg(spare.to_string());
    let output = command.output().map_err(|error| format!("setpriv: {error}"))?;
    let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
    let (stdout, stderr) = (text(&output.stdout), text(&output.stderr));
    if ["setpriv:", "prlimit:"].iter().any(|tool| stderr.starts_with(tool)) {
        return Err(stderr);
    }
    if stdout == "no limit\n" {
        return Err("the limit is not enforced".into());
    }
    assert!(output.status.success(), "{output:?}");
    assert_eq!(stdout, "all done\n");
    Ok(())
}

fn run_or_skip(name: &str, most: u32, spare: u32) {
    if let Err(why) = run(name, most, spare) {
        eprintln!("skipped: {why}");
    }
}

#[test]
fn work_completes_although_every_thread_is_refused() {
    run_or_skip("none", 24, 0);
}

#[test]
fn work_completes_although_all_threads_but_one_are_refused() {
    run_or_skip("one", 24, 1);
}

#[test]
fn work_completes_although_all_threads_but_three_are_refused() {
    run_or_skip("three", 24, 3);
}
