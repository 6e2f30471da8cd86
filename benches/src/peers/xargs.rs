//! `find | xargs -P2 sha256sum`, which is how a shell does the checksum job.

use std::path::Path;
use std::process::Command;

use super::{Ability, How, Peer};
use crate::work::checksum;

pub(super) static PEER: Peer = Peer {
    id: "xargs",
    name: "find, xargs -P2",
    about: "`find . -type f -print0 | xargs -0 -P2 -n32 sha256sum`, its processes included",
    how: How::Here { tables: &[&[("checksum", Ability::Does(sums))]], environment: &[] },
};

/// So few files a process that each writes its lines at once, and none is torn.
const SCRIPT: &str = "find . -type f -print0 | xargs -0 -P2 -n32 sha256sum";

fn sums() -> Vec<f64> {
    checksum::measure(|tree: &Path| {
        let output = Command::new("sh")
            .args(["-c", SCRIPT])
            .current_dir(checksum::files_of(tree))
            .output()
            .expect("a shell");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let lines = String::from_utf8(output.stdout).expect("paths of ASCII");
        lines.lines().map(|line| line.replacen("  ./", "  ", 1)).collect()
    })
}
