//! Mermaid's language: what its text may contain, and how much of it.

/// Mermaid draws nothing if there is more: its `maxTextSize` is 50,000, and it counts characters
/// of UTF-16.
const MOST_TEXT: usize = 49_000;
/// Nor if there are more edges: its `maxEdges` is 500.
const MOST_EDGES: usize = 490;

/// A line of [`text`](super::text) as part of a quoted label, a participant's name or a message.
///
/// Everything that means something to one of Mermaid's grammars, or to the HTML and Markdown that
/// its labels may contain, is written as one of Mermaid's entity codes. So is the colon, since of a
/// line that contains `style`, and then a colon before a `#`, Mermaid removes the last semicolon.
pub(super) fn escaped(line: &str) -> String {
    let mut out = String::new();
    for c in line.chars() {
        match c {
            // These two are how Mermaid itself remembers an entity code.
            'ﬂ' | '¶' => push_code(&mut out, c),
            c if c.is_alphanumeric() || !c.is_ascii() => out.push(c),
            ' ' | '(' | ')' | '=' | ',' | '.' | '_' | '+' | '/' | '\'' | '?' | '!' => out.push(c),
            c => push_code(&mut out, c),
        }
    }
    out
}

/// A name, and what stands below it.
pub(super) fn two_lines(name: &str, below: Option<&str>) -> String {
    let below = below.map_or(String::new(), |below| format!("<br/>{}", escaped(below)));
    escaped(name) + &below
}

fn push_code(out: &mut String, c: char) {
    out.push_str(&format!("#{};", c as u32));
}

/// Writes as much as asked for, or as Mermaid takes. `write` returns the number of edges too.
pub(super) fn fitting(most: usize, write: impl Fn(usize) -> (String, usize)) -> String {
    let mut most = most;
    loop {
        let (text, edges) = write(most);
        if most == 0 || (edges <= MOST_EDGES && text.encode_utf16().count() <= MOST_TEXT) {
            return text;
        }
        most /= 2;
    }
}
