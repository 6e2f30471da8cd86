//! Text as diagrams show it: one line, not too long, and unable to rearrange what stands around it.

use crate::execution::Id;
use crate::trace::event::Text;
use crate::trace::run::Run;

/// `text` on one line of at most `most` characters.
///
/// Control characters become pictures of themselves. Characters that change the direction of what
/// follows are spelt out; text that runs from right to left is isolated, so that it cannot turn
/// the id before it, or an arrow, around. In there, what is around it runs from left to right: it is
/// code, and its quotes and brackets stay where they are.
pub(super) fn line(text: &str, most: usize) -> String {
    let mut out = String::new();
    let mut turned = false;
    let mut chars = text.chars();
    for _ in 0..most {
        match chars.next() {
            None => break,
            Some('\n') => out.push('⏎'),
            Some('\t') => out.push(' '),
            // Control Pictures has one for each of these.
            Some(c) if c < ' ' => out.push(char::from_u32(0x2400 + c as u32).unwrap_or('\u{fffd}')),
            Some('\u{7f}') => out.push('␡'),
            Some(c) if is_hidden(c) => out.push_str(&c.escape_unicode().to_string()),
            Some(c) => {
                turned |= runs_left(c);
                out.push(c);
            }
        }
    }
    if chars.next().is_some() {
        // One character less, so that the dots fit.
        out.pop();
        out.push('…');
    }
    if turned { format!("\u{2066}{out}\u{2069}") } else { out }
}

/// The same, but of a long text both ends: an id is told from others by its last part, too.
pub(super) fn ends(text: &str, most: usize) -> String {
    let count = text.chars().count();
    if count <= most {
        return line(text, most);
    }
    let half = most / 2;
    let begin = text.chars().take(most - half - 1);
    let short: String = begin.chain(['…']).chain(text.chars().skip(count - half)).collect();
    line(&short, most)
}

/// Characters that one does not see, and those that XML does not have.
fn is_hidden(c: char) -> bool {
    matches!(c,
        '\u{80}'..='\u{9f}'
        | '\u{61c}'
        | '\u{200b}' | '\u{200e}' | '\u{200f}'
        | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}'
        | '\u{feff}'
        | '\u{fff9}'..='\u{fffb}'
        | '\u{fffe}' | '\u{ffff}')
}

/// Letters of scripts that run from right to left.
fn runs_left(c: char) -> bool {
    matches!(c,
        '\u{590}'..='\u{8ff}'
        | '\u{fb1d}'..='\u{fdff}'
        | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}'
        | '\u{1e800}'..='\u{1efff}')
}

/// How many columns of a fixed-width font it takes.
pub(super) fn columns(text: &str) -> usize {
    let wide = |c: char| {
        matches!(c, '\u{1100}'..='\u{115f}' | '\u{2e80}'..='\u{a4cf}' | '\u{ac00}'..='\u{d7a3}'
            | '\u{f900}'..='\u{faff}' | '\u{fe30}'..='\u{fe4f}' | '\u{ff00}'..='\u{ff60}'
            | '\u{1f300}'..='\u{1faff}' | '\u{20000}'..='\u{3fffd}')
    };
    let isolate = |c| matches!(c, '\u{2066}' | '\u{2069}');
    text.chars().map(|c| if isolate(c) { 0 } else { 1 + usize::from(wide(c)) }).sum()
}

/// `#3 fib(n = 2)`, or the id alone if nothing is known of it.
pub(super) fn title(run: &Run, id: Id, most: usize) -> String {
    match run.entity(id) {
        None => id.to_string(),
        Some(entity) => {
            let title = entity.title();
            let name = title.split_once(' ').map_or(title.as_str(), |(_, name)| name);
            format!("{id} {}", line(name, most))
        }
    }
}

/// A value, if there is one that says something.
pub(super) fn value(value: Option<&Text>, most: usize) -> Option<String> {
    let text = value?;
    match text.as_str() {
        "()" => None,
        shown if text.is_cut() => Some(line(&format!("{}…", head(shown, most)), most)),
        shown => Some(line(shown, most)),
    }
}

/// The beginning, so that a megabyte is not copied for the sake of a line.
fn head(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}
