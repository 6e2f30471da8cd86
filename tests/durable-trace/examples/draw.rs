//! Writes the runs in all formats: `cargo run -p tests-durable-trace --example draw FOLDER`.

use std::path::PathBuf;

use tests_durable_trace::{local, midst, whole};

fn main() -> std::io::Result<()> {
    let folder = PathBuf::from(std::env::args_os().nth(1).unwrap_or_else(|| ".".into()));
    std::fs::create_dir_all(&folder)?;
    for (name, trace) in [("whole", whole()), ("midst", midst()), ("local", local())] {
        for format in
            ["html", "sequence.svg", "entities.svg", "timeline.svg", "mmd", "entities.mmd", "json"]
        {
            trace.write(folder.join(format!("{name}.{format}")))?;
        }
    }
    Ok(())
}
