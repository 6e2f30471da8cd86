//! The README's durable program, which its own doc tests leave out: they have no such feature.

mod program {
    include!("readme/program.rs");

    pub(super) fn run() {
        main().unwrap();
    }
}

#[test]
fn it_is_this_one_and_runs() {
    let (readme, program) = (include_str!("../../../README.md"), include_str!("readme/program.rs"));
    assert!(readme.contains(program));
    program::run();
}
