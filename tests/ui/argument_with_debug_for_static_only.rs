use std::fmt;

use async_mech::invocable;

struct Text<'a>(&'a str);

impl fmt::Debug for Text<'static> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.0)
    }
}

#[invocable]
fn len(text: Text<'_>) -> usize {
    text.0.len()
}

fn main() {
    len(Text("a"));
}
