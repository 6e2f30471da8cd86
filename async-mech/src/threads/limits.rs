//! How many threads the system lets this process have, read once.
//!
//! Linux aborts a process whose thread cannot map its stack's guard page, so the ceiling has to
//! stay well below what `vm.max_map_count` allows: a std thread costs four maps, and a fifth is
//! kept in hand. The other limits refuse with an error, but an error for somebody else's thread
//! is no better than one for ours. Elsewhere than on Linux a fixed ceiling stands in.

use super::proc;
use std::path::Path;
use std::sync::OnceLock;

/// The ceiling where no limit can be read.
const UNKNOWN: usize = 2_000;
/// Maps to allow a thread.
const MAPS_PER_THREAD: usize = 5;

/// The most threads that all event loops of this process together should have.
pub(crate) fn ceiling() -> usize {
    static CEILING: OnceLock<usize> = OnceLock::new();
    *CEILING.get_or_init(|| {
        let limits = [maps(), processes(), number("/proc/sys/kernel/pid_max").map(share), cgroup()];
        limits.into_iter().flatten().min().unwrap_or(UNKNOWN).max(1)
    })
}

/// Three quarters: the limit is shared with others.
fn share(limit: usize) -> usize {
    limit / 4 * 3
}

fn maps() -> Option<usize> {
    let used = proc::read("/proc/self/maps")?.lines().count();
    Some(number("/proc/sys/vm/max_map_count")?.saturating_sub(used) / MAPS_PER_THREAD)
}

fn processes() -> Option<usize> {
    soft_limit("Max processes").map(share)
}

/// The soft limit of that name in `/proc/self/limits`; `None` if unlimited or unknown.
pub(super) fn soft_limit(name: &str) -> Option<usize> {
    let limits = proc::read("/proc/self/limits")?;
    let line = limits.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}

/// The tightest `pids.max` of the control groups this process is in, less what they hold now.
fn cgroup() -> Option<usize> {
    let groups = proc::read("/proc/self/cgroup")?;
    let mut tightest: Option<usize> = None;
    for line in groups.lines() {
        let mut fields = line.splitn(3, ':').skip(1);
        let (Some(controllers), Some(path)) = (fields.next(), fields.next()) else { continue };
        let root = match controllers {
            "" => Path::new("/sys/fs/cgroup"),
            controllers if controllers.split(',').any(|name| name == "pids") => {
                Path::new("/sys/fs/cgroup/pids")
            }
            _ => continue,
        };
        // A group's parents bind it too.
        let group = root.join(path.trim_start_matches('/'));
        for folder in group.ancestors().take_while(|folder| folder.starts_with(root)) {
            let Some(most) = number(folder.join("pids.max")) else { continue };
            let now = number(folder.join("pids.current")).unwrap_or(0);
            let left = share(most.saturating_sub(now));
            tightest = Some(tightest.map_or(left, |tightest| tightest.min(left)));
        }
    }
    tightest
}

fn number(path: impl AsRef<Path>) -> Option<usize> {
    proc::read(path)?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_ceiling_is_positive_and_below_what_maps_allow() {
        let ceiling = super::ceiling();
        assert!(ceiling >= 1);
        if let Some(most) = super::number("/proc/sys/vm/max_map_count") {
            assert!(ceiling <= most / super::MAPS_PER_THREAD);
        }
    }
}
