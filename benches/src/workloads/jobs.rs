//! A real job: the SHA-256 sums of a tree of files.

use super::{Figure, Workload};

/// The variable that names the tree: a directory with `files`, and the `expected` digest beside it.
pub(crate) const TREE: &str = "BENCHES_TREE";

pub(super) const ALL: &[Workload] = &[Workload {
    name: "checksum",
    title: "SHA-256 sums of 2,100 files in 70 directories, 150 MiB, in the page cache",
    warm_up: "the same once before, so that all files are cached",
    figures: &[Figure::millis("time")],
    targets: &[],
    chart: true,
    seconds: 30,
}];
