//! Which machine this is, how busy it is, and how much memory this process uses.

use std::fs;
use std::process::Command;

const UNKNOWN: &str = "unknown";

/// Processor, their number, kernel and compiler, on one line.
pub(crate) fn description() -> String {
    let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = cpuinfo.lines().find(|line| line.starts_with("model name"));
    let model = model.and_then(|line| line.split_once(':')).map_or(UNKNOWN, |(_, model)| model);
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let kernel = fs::read_to_string("/proc/sys/kernel/osrelease").unwrap_or_default();
    let rustc = Command::new("rustc").arg("--version").output();
    let rustc = rustc.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    format!(
        "{}, {processors} processors, Linux {}, {}",
        model.trim(),
        kernel.trim(),
        rustc.as_deref().unwrap_or(UNKNOWN).trim()
    )
}

/// The load averages of 1, 5 and 15 minutes.
pub(crate) fn load() -> String {
    let load = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    let load: Vec<&str> = load.split_whitespace().take(3).collect();
    if load.is_empty() { UNKNOWN.to_owned() } else { load.join(" ") }
}

/// Memory resident now, in MiB.
pub(crate) fn resident() -> f64 {
    status("self", "VmRSS:")
}

/// The most memory that was resident at once, in MiB.
pub(crate) fn peak_resident() -> f64 {
    status("self", "VmHWM:")
}

/// The same of another process; not a number if there is none.
pub(crate) fn resident_in(process: u32) -> f64 {
    status(&process.to_string(), "VmRSS:")
}

fn status(process: &str, field: &str) -> f64 {
    let status = fs::read_to_string(format!("/proc/{process}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib / 1024.0)
}

/// Heap and stacks resident now, in bytes, counted page by page: `VmRSS` may lag behind by some hundred
/// KiB. Without the program's file, of which the system maps 64 KiB at a time as they are run.
pub(crate) fn resident_exactly() -> f64 {
    let rollup = fs::read_to_string("/proc/self/smaps_rollup").unwrap_or_default();
    let line = rollup.lines().find_map(|line| line.strip_prefix("Anonymous:"));
    let kib = line.and_then(|line| line.split_whitespace().next()?.parse::<f64>().ok());
    kib.map_or(f64::NAN, |kib| kib * 1024.0)
}
