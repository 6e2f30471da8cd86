//! Programs that may be traced from outside; `tests/trace_files` runs them with `ASYNC_MECH_TRACE`.

use std::fmt;
use std::sync::mpsc::channel;

use async_mech::trace::Trace;
use async_mech::{Promise, invocable, invoke};

#[invocable]
fn inner() -> String {
    "forty-two ".repeat(100)
}

#[invocable]
fn outer() -> usize {
    invoke!(inner()).await.len()
}

/// Its text is what ends a display.
struct Ends;

impl fmt::Debug for Ends {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("\nEVCXR_END_CONTENT\n\" onload=\"alert(1)\" </script> &quot;")
    }
}

#[invocable]
fn shown(ends: Ends) {
    let Ends = ends;
}

#[async_mech::main]
fn main() -> Result<(), String> {
    let what = std::env::args().nth(1).unwrap_or_default();
    println!("{}", invoke!(outer()).await);
    match &*what {
        "article" => {}
        "fails" => return Err("meant".into()),
        "panics" => panic!("main is out of cheese"),
        "awaits-a-panic" => invoke!(|| panic!("out of cheese")).await,
        "deadlocks" => {
            let (give, take) = channel::<Promise<()>>();
            let circle = invoke!(move || take.recv().map_or((), Promise::wait));
            let _ = give.send(circle.clone());
            circle.await;
        }
        "displays" => {
            let (_, trace) = Trace::record(|| invoke!(shown(Ends)).wait());
            trace.evcxr_display();
        }
        "exits" => {
            // Nor does that one write a trace of so much.
            assert!(again().is_ok());
            std::process::exit(7)
        }
        "leaves-one-running" => {
            let (begun, begins) = channel();
            let detached = invoke!(move || {
                let _ = begun.send(());
                std::thread::park();
            });
            detached.detach();
            let _ = begins.recv();
        }
        "calls-itself" => {
            // The `main` that `main` calls writes no trace of its own.
            assert!(again().is_ok());
            println!("{}", invoke!(outer()).await);
        }
        other => return Err(format!("no such program: {other}")),
    }
    Ok(())
}

#[async_mech::main]
fn again() -> Result<(), String> {
    Ok(())
}
