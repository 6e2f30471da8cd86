//! What was annotated, and what was not and why.

use std::collections::{BTreeMap, BTreeSet};

use crate::cargo::Message;
use crate::functions::Verdict;
use crate::sources::Sources;

/// Prints the counts, and each function that the compiler refused.
pub(crate) fn print(sources: &Sources, before: &BTreeSet<Message>, after: &BTreeSet<Message>) {
    let functions = || sources.files.iter().flat_map(|file| &file.found.functions);
    let annotated = functions().filter(|f| matches!(f.verdict, Verdict::Annotated)).count();
    let mut skipped = BTreeMap::<&str, usize>::new();
    let mut refused = 0;
    for function in functions() {
        match &function.verdict {
            Verdict::Annotated => {}
            Verdict::Skipped(reason) => *skipped.entry(*reason).or_default() += 1,
            Verdict::Refused(_) => refused += 1,
        }
    }
    println!("functions  {}", functions().count());
    println!("annotated  {annotated}");
    let blocks = || sources.files.iter().flat_map(|file| &file.found.blocks);
    if blocks().next().is_some() {
        let kept = blocks().filter(|block| !block.is_refused).count();
        println!(
            "blocks     {kept} of {} impl blocks in place of their functions",
            blocks().count()
        );
    }
    for (reason, count) in skipped {
        println!("skipped    {count} {reason}");
    }
    println!(
        "unseen     {} in macros",
        sources.files.iter().map(|f| f.found.in_macros).sum::<usize>()
    );
    println!("refused    {refused}");
    for file in &sources.files {
        for function in &file.found.functions {
            if let Verdict::Refused(reason) = &function.verdict {
                println!(
                    "  {}:{} {}: {reason}",
                    file.path.display(),
                    function.first,
                    function.name
                );
            }
        }
    }
    for path in &sources.unparsed {
        println!("unparsed   {}", path.display());
    }
    println!("warnings   {} before, {} after", before.len(), after.len());
    let old: BTreeSet<_> = before.iter().map(|message| (&message.code, &message.text)).collect();
    for warning in after.iter().filter(|new| !old.contains(&(&new.code, &new.text))) {
        println!("{}", warning.rendered);
    }
}
