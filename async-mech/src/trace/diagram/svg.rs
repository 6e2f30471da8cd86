//! SVG documents: elements, escaping, and colours for light and dark screens.

use std::fmt::{Display, Write};

use super::text;

/// The width of a column of the font, at its size of 12 pixels.
pub(super) const COLUMN: f64 = 7.23;

/// How wide a line is.
pub(super) fn width(line: &str) -> f64 {
    text::columns(line) as f64 * COLUMN
}

/// A document under way.
pub(super) struct Svg {
    /// Ids are those of a document that several diagrams may be part of, so each has its own.
    kind: &'static str,
    body: String,
    /// Whether anything in it runs on an engine.
    engine: bool,
}

/// Where a line of text is from the point that it is given.
#[derive(Clone, Copy, Debug)]
pub(super) enum Anchor {
    Start,
    Middle,
    End,
}

impl Svg {
    pub(super) fn new(kind: &'static str) -> Svg {
        Svg { kind, body: String::new(), engine: false }
    }

    /// What is drawn until `close` is one thing, which says more about itself when it is pointed at.
    pub(super) fn open(&mut self, class: &str, title: &str) {
        let _ = write!(self.body, "<g class=\"{class}\">");
        if !title.is_empty() {
            let _ = write!(self.body, "<title>{}</title>", escaped(title));
        }
    }

    pub(super) fn close(&mut self) {
        self.body.push_str("</g>\n");
    }

    /// A rectangle with round corners.
    pub(super) fn rect(&mut self, class: &str, at: [f64; 4], round: f64) {
        let [x, y, width, height] = at.map(number);
        let round = if round > 0.0 { format!(" rx=\"{round}\"") } else { String::new() };
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" x=\"{x}\" y=\"{y}\" width=\"{width}\" height=\"{height}\"{round}/>"
        );
    }

    /// The box of an execution that runs on an engine: a double outline.
    pub(super) fn remote_box(&mut self, at: [f64; 4]) {
        self.engine = true;
        let [x, y, width, height] = at;
        self.rect("box remote", at, 4.0);
        self.rect("inner", [x + 3.0, y + 3.0, width - 6.0, height - 6.0], 2.0);
    }

    /// The time that it takes there.
    pub(super) fn remote_bar(&mut self, at: [f64; 4]) {
        self.engine = true;
        self.rect("box remote", at, 1.5);
    }

    /// A rectangle with a pattern of [`PATTERNS`].
    pub(super) fn filled(&mut self, class: &str, pattern: &str, at: [f64; 4]) {
        let [x, y, width, height] = at.map(number);
        let kind = self.kind;
        let _ = write!(
            self.body,
            "<rect class=\"{class}\" fill=\"url(#{kind}-{pattern})\" x=\"{x}\" y=\"{y}\" \
             width=\"{width}\" height=\"{height}\"/>"
        );
    }

    pub(super) fn text(&mut self, class: &str, x: f64, y: f64, anchor: Anchor, line: &str) {
        let anchor = match anchor {
            Anchor::Start => "",
            Anchor::Middle => " text-anchor=\"middle\"",
            Anchor::End => " text-anchor=\"end\"",
        };
        let (x, y, line) = (number(x), number(y), escaped(line));
        let _ =
            write!(self.body, "<text class=\"{class}\" x=\"{x}\" y=\"{y}\"{anchor}>{line}</text>");
    }

    /// A line or curve.
    pub(super) fn path(&mut self, class: &str, d: &str) {
        let _ = write!(self.body, "<path class=\"{class}\" d=\"{d}\"/>");
    }

    /// The same, with an arrowhead of [`HEADS`].
    pub(super) fn arrow(&mut self, class: &str, head: &str, d: &str) {
        let kind = self.kind;
        let _ = write!(
            self.body,
            "<path class=\"{class}\" d=\"{d}\" marker-end=\"url(#{kind}-{head})\"/>"
        );
    }

    /// The whole document. `about` says what it shows, to those who cannot see it.
    pub(super) fn finish(self, width: f64, height: f64, about: &str) -> String {
        let Svg { kind, body, engine } = self;
        let style = if engine { [STYLE, ENGINE_STYLE].concat() } else { STYLE.into() };
        let (width, height, about) = (number(width.ceil()), number(height.ceil()), escaped(about));
        let mut definitions = String::new();
        for (name, class, d) in HEADS {
            let _ = write!(
                definitions,
                "<marker id=\"{kind}-{name}\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" \
                 markerWidth=\"8\" markerHeight=\"8\" markerUnits=\"userSpaceOnUse\" \
                 orient=\"auto\"><path class=\"{class}\" d=\"{d}\"/></marker>"
            );
        }
        for (name, class, angle, apart) in PATTERNS {
            let _ = write!(
                definitions,
                "<pattern id=\"{kind}-{name}\" width=\"{apart}\" height=\"{apart}\" \
                 patternUnits=\"userSpaceOnUse\" patternTransform=\"rotate({angle})\">\
                 <path class=\"{class}\" d=\"M0 0V{apart}\"/></pattern>"
            );
        }
        format!(
            "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"async-mech\" role=\"img\" \
             aria-label=\"{about}\" viewBox=\"0 0 {width} {height}\" width=\"{width}\" \
             height=\"{height}\">\n<title>{about}</title>\n<style>{style}</style>\n\
             <defs>{definitions}</defs>\n\
             <rect class=\"paper\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n"
        )
    }
}

/// With one decimal at most.
pub(super) fn number(number: f64) -> impl Display {
    (number * 10.0).round() / 10.0
}

/// As content or as an attribute. Nothing is left of what XML has no characters for.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        match c {
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '&' => out.push_str("&amp;"),
            '"' => out.push_str("&quot;"),
            '\n' => out.push('\n'),
            c if c < ' ' => out.push('\u{fffd}'),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            c => out.push(c),
        }
    }
    out
}

/// Name, class and shape.
const HEADS: [(&str, &str, &str); 6] = [
    ("plain", "head", "M0 1L9 5L0 9Z"),
    ("invoke", "head h-invoke", "M0 1L9 5L0 9Z"),
    ("await", "head h-await", "M0 1L9 5L0 9Z"),
    ("done", "head h-done", "M0 1L9 5L0 9Z"),
    ("bad", "head h-bad", "M0 1L9 5L0 9Z"),
    ("cross", "cross", "M1 1L9 9M9 1L1 9"),
];

/// Name, class, angle and distance of lines.
const PATTERNS: [(&str, &str, u32, u32); 2] =
    [("suspended", "hatch", 45, 5), ("lends", "hatch h-lends", 90, 4)];

/// Colours twice: not all that show SVG know variables.
const STYLE: &str = "\
.async-mech{font:12px ui-monospace,SFMono-Regular,Menlo,Consolas,'DejaVu Sans Mono',monospace}\
.async-mech text{fill:#1f2328}\
.async-mech .dim{fill:#656d76}\
.async-mech .small{font-size:10.5px}\
.async-mech .strong{font-weight:600}\
.async-mech .paper{fill:#fff}\
.async-mech path{fill:none;stroke:#656d76;stroke-width:1.3}\
.async-mech .head{fill:#656d76;stroke:none}\
.async-mech .cross{stroke:#cf222e;stroke-width:1.8}\
.async-mech .hatch{stroke:#9a6700;stroke-width:2}\
.async-mech .h-lends{stroke:#8250df}\
.async-mech .h-invoke{fill:#0969da}\
.async-mech .h-await{fill:#8250df}\
.async-mech .h-done{fill:#1a7f37}\
.async-mech .h-bad{fill:#cf222e}\
.async-mech .faint{stroke:#d0d7de;stroke-width:1}\
.async-mech .invoke{stroke:#0969da}\
.async-mech .await{stroke:#8250df}\
.async-mech .done{stroke:#1a7f37}\
.async-mech .link{stroke:#656d76}\
.async-mech .bad{stroke:#cf222e}\
.async-mech .dashed{stroke-dasharray:5 3}\
.async-mech .dotted{stroke-dasharray:1.5 3}\
.async-mech .box{fill:#ddf4ff;stroke:#0969da}\
.async-mech .loop{fill:#fff8c5;stroke:#9a6700}\
.async-mech .idle{fill:#f6f8fa;stroke:#8c959f}\
.async-mech .completed{fill:#dafbe1;stroke:#1a7f37}\
.async-mech .failed{fill:#ffebe9;stroke:#cf222e}\
.async-mech .cancelled{fill:#fff1e5;stroke:#bc4c00}\
.async-mech .pending{fill:#f6f8fa;stroke:#8c959f;stroke-dasharray:4 2}\
.async-mech .mixed{fill:#fff8c5;stroke:#9a6700}\
.async-mech .run{fill:#80ccff}\
.async-mech .lent{fill:#c8b1f5}\
.async-mech .error{fill:#ff8182}\
.async-mech .wait{fill:#fff8c5}\
.async-mech .queued{fill:#8c959f}\
.async-mech .box-line{stroke:#9a6700}\
.async-mech .t-bad{fill:#cf222e}\
.async-mech .t-done{fill:#1a7f37}\
.async-mech .t-await{fill:#8250df}\
.async-mech .t-invoke{fill:#0969da}\
.async-mech .halo{paint-order:stroke;stroke:#fff;stroke-width:4px}\
.async-mech g:hover>.box,.async-mech g:hover>.pill{stroke-width:2.5}\
@media (prefers-color-scheme:dark){\
.async-mech text{fill:#e6edf3}\
.async-mech .dim{fill:#8d96a0}\
.async-mech .paper{fill:#0d1117}\
.async-mech path{stroke:#8d96a0}\
.async-mech .head{fill:#8d96a0}\
.async-mech .cross{stroke:#f85149}\
.async-mech .hatch{stroke:#d29922}\
.async-mech .h-lends{stroke:#a371f7}\
.async-mech .h-invoke{fill:#4493f8}\
.async-mech .h-await{fill:#a371f7}\
.async-mech .h-done{fill:#3fb950}\
.async-mech .h-bad{fill:#f85149}\
.async-mech .faint{stroke:#30363d}\
.async-mech .invoke{stroke:#4493f8}\
.async-mech .await{stroke:#a371f7}\
.async-mech .done{stroke:#3fb950}\
.async-mech .link{stroke:#8d96a0}\
.async-mech .bad{stroke:#f85149}\
.async-mech .box{fill:#0c2d6b;stroke:#4493f8}\
.async-mech .loop{fill:#341a00;stroke:#d29922}\
.async-mech .idle{fill:#161b22;stroke:#6e7681}\
.async-mech .completed{fill:#04260f;stroke:#3fb950}\
.async-mech .failed{fill:#490202;stroke:#f85149}\
.async-mech .cancelled{fill:#3d1300;stroke:#db6d28}\
.async-mech .pending{fill:#161b22;stroke:#6e7681}\
.async-mech .mixed{fill:#341a00;stroke:#d29922}\
.async-mech .run{fill:#1158c7}\
.async-mech .lent{fill:#5a32a3}\
.async-mech .error{fill:#b62324}\
.async-mech .wait{fill:#341a00}\
.async-mech .queued{fill:#6e7681}\
.async-mech .box-line{stroke:#d29922}\
.async-mech .t-bad{fill:#f85149}\
.async-mech .t-done{fill:#3fb950}\
.async-mech .t-await{fill:#a371f7}\
.async-mech .t-invoke{fill:#4493f8}\
.async-mech .halo{stroke:#0d1117}\
}";

/// Of what runs on an engine.
const ENGINE_STYLE: &str = "\
.async-mech .remote{fill:#d7f3f4;stroke:#1b7c83;stroke-dasharray:6 3}\
.async-mech .inner{fill:none;stroke:#1b7c83}\
@media (prefers-color-scheme:dark){\
.async-mech .remote{fill:#0b3135;stroke:#39c5cf}\
.async-mech .inner{stroke:#39c5cf}\
}";
