//! Programs that end badly, or look as if they did; `tests/failure_reports.rs` reads what they
//! print and how they exit.

use std::error::Error;
use std::panic::resume_unwind;
use std::time::Duration;

use async_mech::{EventLoop, Promise, fail, invoke, promise};
use tests::occupy;

#[async_mech::main]
fn main() -> Result<(), Box<dyn Error>> {
    let what = std::env::args().nth(1).unwrap_or_default();
    match &*what {
        "await-in-main" => {
            let p = invoke!(|| -> u32 { panic!("out of cheese") });
            p.await;
        }
        "await-through-two" => {
            let p = invoke!(|| {
                let inner = invoke!(|| -> u32 { panic!("out of cheese") });
                await!(inner)
            });
            p.await;
        }
        "main-panics" => panic!("main is out of cheese"),
        "main-returns-an-error" => {
            return Err("no cheese was ordered".into());
        }
        "abandoned" => {
            let (p, resolver) = promise::<u32>();
            drop(resolver);
            p.await;
        }
        "looked-at" => {
            let p = invoke!(|| -> u32 { panic!("out of cheese") });
            let failure = p.outcome().unwrap_err();
            println!("{}", failure.panicked_at().unwrap_or("nowhere"));
        }
        "caught-by-callee" => {
            let p = invoke!(|| {
                let inner = invoke!(|| -> u32 { resume_unwind(Box::new("quiet")) });
                inner.outcome().is_err()
            });
            println!("{}", p.await);
        }
        "nobody-looked" => {
            // Failed by its resolver, so that no panic hook has said anything.
            let (p, resolver) = promise::<u32>();
            resolver.fail(std::fmt::Error);
            let q = p.clone();
            drop(p);
            drop(q);
        }
        "nobody-looked-at-many" => {
            for _ in 0..1_000 {
                let (p, resolver) = promise::<u32>();
                drop((resolver, p));
            }
            let (p, resolver) = promise::<u32>();
            resolver.fail(std::fmt::Error);
            drop(p);
        }
        "shut-down-while-queued" => {
            let event_loop = EventLoop::builder().max_threads(1).build();
            let (running, end) = occupy(&event_loop, 1);
            drop(event_loop.invoke(|| 1));
            let queued = event_loop.invoke(|| 2);
            println!("{}", event_loop.shutdown(Duration::ZERO));
            drop(queued);
            drop(end);
            running.into_iter().for_each(Promise::wait);
        }
        "invoked-when-shut-down" => {
            let event_loop = EventLoop::builder().build();
            event_loop.shutdown(Duration::ZERO);
            drop(event_loop.invoke(|| 1));
        }
        "main-fails" => fail("no cheese was ordered"),
        "main-returns-a-failure" => {
            let outer = invoke!(|| {
                let inner = invoke!(|| -> u32 { panic!("out of cheese") });
                inner.await
            });
            outer.outcome()?;
        }
        "one-of-two-looked" => {
            let (p, resolver) = promise::<u32>();
            resolver.fail(std::fmt::Error);
            let q = p.clone();
            let _ = q.outcome();
            drop(p);
        }
        "awaited-on-a-foreign-thread" => {
            let (p, resolver) = promise::<u32>();
            resolver.fail(std::fmt::Error);
            let q = p.clone();
            let first = std::thread::spawn(move || q.wait()).join();
            let second = std::thread::spawn(move || p.wait()).join();
            println!("{} {}", first.is_err(), second.is_err());
        }
        "still-running" => {
            invoke!(std::thread::park()).detach();
            println!("main returns");
        }
        other => return Err(format!("no such program: {other}").into()),
    }
    Ok(())
}
