//! A trace as what a cell of an evcxr notebook displays.

use super::recording::Trace;

/// A page that is larger is left out: the notebook keeps what it displays.
const LARGEST_PAGE: usize = 4 << 20;

impl Trace {
    /// Displays the trace in a notebook of [evcxr](https://github.com/evcxr/evcxr), which calls this
    /// where the trace is the value of a cell: the sequence diagram, and below it
    /// [the page](Trace::html), which is left out if it is larger than 4 MiB.
    ///
    /// Elsewhere it prints the same to stdout, as evcxr reads it.
    ///
    /// ```
    /// use async_mech::{invoke, trace::Trace};
    ///
    /// let (value, trace) = Trace::record(|| invoke!(|| 42).wait());
    /// trace.evcxr_display();
    /// ```
    pub fn evcxr_display(&self) {
        // In one call: nobody else's output gets in between.
        println!("{}", framed(&self.sequence().svg(), &self.html()));
    }
}

fn framed(svg: &str, page: &str) -> String {
    let frame = if page.len() <= LARGEST_PAGE {
        // Its scripts run apart from the notebook.
        let page = page.replace('&', "&amp;").replace('"', "&quot;");
        format!(
            "<iframe title=\"The run\" sandbox=\"allow-scripts\" srcdoc=\"{page}\" \
             style=\"width:100%;height:40em;border:1px solid #8888\"></iframe>"
        )
    } else {
        let size = page.len() >> 20;
        format!("<p>The page has {size} MiB: write it to a file, by <code>write</code>.</p>")
    };
    let html = format!("<div style=\"max-height:40em;overflow:auto\">{svg}</div>\n{frame}");
    // Nothing in it may look like the end. A reference is text again, wherever it stands.
    let html = html.replace("EVCXR_", "EVCXR&#95;");
    format!("EVCXR_BEGIN_CONTENT text/html\n{html}\nEVCXR_END_CONTENT")
}
