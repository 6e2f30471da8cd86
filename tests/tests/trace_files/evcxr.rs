//! The display in a notebook: framed as evcxr reads it, line by line.

use std::process::Command;

#[test]
fn the_display_is_framed_and_nothing_in_it_ends_it() {
    let output = Command::new(env!("CARGO_BIN_EXE_traced")).arg("displays").output().unwrap();
    assert!(output.status.success());
    let text = String::from_utf8(output.stdout).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[..2], ["1000", "EVCXR_BEGIN_CONTENT text/html"]);
    assert_eq!(lines.last(), Some(&"EVCXR_END_CONTENT"));
    let content = lines[2..lines.len() - 1].join("\n");
    assert!(!content.contains("EVCXR_"));
    assert!(content.contains("<svg") && content.contains("shown"));
    // The page is one attribute: no quote ends it, and it is the page when it is read.
    let (_, rest) = content.split_once("srcdoc=\"").unwrap();
    let (page, rest) = rest.split_once('"').unwrap();
    assert!(content.contains("sandbox=\"allow-scripts\" srcdoc"));
    assert!(rest.ends_with("</iframe>") && !rest.contains("script"), "{rest}");
    let page = page.replace("&#95;", "_").replace("&quot;", "\"").replace("&amp;", "&");
    assert!(page.starts_with("<!DOCTYPE html>") && page.trim_end().ends_with("</html>"));
    assert!(page.contains("EVCXR_END_CONTENT"));
}
