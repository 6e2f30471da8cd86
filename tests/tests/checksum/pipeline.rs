//! Running `checksum` and the pipeline, and comparing them.

use crate::example_binary;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

/// The executable.
pub(crate) static CHECKSUM: LazyLock<PathBuf> = LazyLock::new(|| example_binary::build("checksum"));

/// The words before a command that run it as another user; none for the user of the tests.
pub(crate) type AsUser<'a> = &'a [&'a str];

pub(crate) fn command(user: AsUser<'_>, program: impl AsRef<OsStr>) -> Command {
    match user {
        [] => Command::new(program),
        [first, rest @ ..] => {
            let mut command = Command::new(first);
            command.args(rest).arg(program);
            command
        }
    }
}

pub(crate) fn checksum(base: &Path, directory: impl AsRef<OsStr>) -> Output {
    let mut command = Command::new(&*CHECKSUM);
    command.current_dir(base).arg(directory);
    command.output().expect("checksum starts")
}

/// What the pipeline prints for `directory`, seen from `base`.
pub(crate) fn pipeline(user: AsUser<'_>, base: &Path, directory: impl AsRef<OsStr>) -> Vec<u8> {
    let script = r#"find "$1" -type f -print0 | LC_ALL=C sort -z | xargs -0 -r sha256sum"#;
    let mut shell = command(user, "sh");
    shell.current_dir(base).args(["-c", script, "sh"]);
    let output = shell.arg(directory).output().expect("sh starts");
    output.stdout
}

/// Whether the pipeline's tools are there, and are GNU's; says so if not.
pub(crate) fn has_tools() -> bool {
    ["find", "sort", "xargs", "sha256sum"].iter().all(|tool| {
        let version = Command::new(tool).arg("--version").output();
        let found = version.is_ok_and(|version| version.stdout.windows(3).any(|it| it == b"GNU"));
        if !found {
            eprintln!("skipped: GNU {tool} is not installed");
        }
        found
    })
}

pub(crate) fn assert_same(
    user: AsUser<'_>,
    base: &Path,
    directory: impl AsRef<OsStr>,
    output: &Output,
) {
    let expected = pipeline(user, base, &directory);
    if output.stdout != expected {
        let mut lines = output.stdout.split(|byte| *byte == b'\n');
        let mut wanted = expected.split(|byte| *byte == b'\n');
        let (line, wanted) = std::iter::from_fn(|| Some((lines.next()?, wanted.next())))
            .find(|(line, wanted)| Some(*line) != *wanted)
            .unwrap_or_default();
        panic!(
            "{:?}: printed {:?} instead of {:?}",
            directory.as_ref(),
            line.escape_ascii().to_string(),
            wanted.map(|line| line.escape_ascii().to_string()),
        );
    }
}

/// Asserts that `checksum` succeeds, silently, with the pipeline's output.
pub(crate) fn assert_succeeds(base: &Path, directory: impl AsRef<OsStr>) {
    let output = checksum(base, &directory);
    assert_same(&[], base, &directory, &output);
    let stderr = output.stderr.escape_ascii().to_string();
    assert!(stderr.is_empty(), "{:?}: {stderr}", directory.as_ref());
    assert!(output.status.success(), "{:?}", directory.as_ref());
}

/// Asserts that `checksum` names each of `failed` on stderr, one a line, and exits with status 1.
pub(crate) fn assert_reports(output: &Output, failed: &[impl AsRef<Path>]) {
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert_eq!(stderr.lines().count(), failed.len(), "{stderr}");
    for (line, path) in stderr.lines().zip(failed) {
        let start = format!("checksum: {}: ", path.as_ref().display());
        assert!(line.starts_with(&start), "{line:?} after {start:?}");
    }
}
