//! One measurement in a process of its own: starting it, bounding it, reading what it found.

use std::io::Read;
use std::process::{Child, Command, ExitCode, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use crate::workloads;

/// The argument that makes this program measure one contender and print its figures.
pub(crate) const COMMAND: &str = "measure";

/// The longest a measurement may take.
const LIMIT: Duration = Duration::from_secs(60);

/// In the child: measures, and prints the figures on one line.
pub(crate) fn run(workload: &str, contender: &str) -> ExitCode {
    let Some(measure) = workloads::find(workload).and_then(|workload| workload.find(contender))
    else {
        eprintln!("no contender {contender} for {workload}");
        return ExitCode::from(2);
    };
    let figures: Vec<String> = measure().iter().map(f64::to_string).collect();
    println!("{}", figures.join(" "));
    ExitCode::SUCCESS
}

/// In the parent: the figures of one run, or why there are none.
pub(crate) fn measure(workload: &str, contender: &str) -> Result<Vec<f64>, String> {
    let program = std::env::current_exe().map_err(|error| error.to_string())?;
    let mut child = Command::new(program)
        .args([COMMAND, workload, contender])
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    let status = wait(&mut child)?;
    if !status.success() {
        return Err(format!("ended with {status}"));
    }
    let mut line = String::new();
    if let Some(mut output) = child.stdout.take() {
        output.read_to_string(&mut line).map_err(|error| error.to_string())?;
    }
    let figures = line.split_whitespace().map(str::parse).collect::<Result<_, _>>();
    figures.map_err(|_| format!("printed {line:?}"))
}

/// Waits for the child, which it kills at the limit. The few bytes it prints fit the pipe.
fn wait(child: &mut Child) -> Result<std::process::ExitStatus, String> {
    let deadline = Instant::now() + LIMIT;
    loop {
        if let Some(status) = child.try_wait().map_err(|error| error.to_string())? {
            return Ok(status);
        }
        if Instant::now() >= deadline {
            let _ = child.kill();
            let _ = child.wait();
            return Err(format!("not done after {} s", LIMIT.as_secs()));
        }
        // Seldom, so that the parent takes no time from the child.
        thread::sleep(Duration::from_millis(20));
    }
}
