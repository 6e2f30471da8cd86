//! A worker that has all functions: `worker restate|resonate GROUP ..`.

fn main() {
    let engine = tests_engines::start(std::env::args().skip(1));
    // Named, so that they are linked.
    let _ = tests_engines::app::sum;
    tests_engines::serve();
    drop(engine);
}
