//! Runs the article's program.

use std::process::Command;

#[test]
fn the_article_prints_84() {
    let article = env!(concat!("CARGO_BIN_EXE_", env!("CARGO_PKG_NAME")));
    let output = Command::new(article).output().unwrap();
    assert!(output.status.success());
    assert_eq!(String::from_utf8_lossy(&output.stdout), "84\n");
}
