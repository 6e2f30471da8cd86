// The functions of the run: how often each was called, and how long its calls took.

const functions = { table: null, by: 3, drawn: "" };
const FUNCTIONS_MOST = 500;

const functionsView = {
  name: "functions",
  make(panel) {
    functions.table = el("table", { class: "functions" });
    panel.append(el("div", { class: "scroller", tabindex: "0", "aria-label": "Functions" }, functions.table));
  },
  tools: () => [],
  draw() {
    const key = `${run.events.length} ${functions.by} ${looked.query}`;
    if (key === functions.drawn) return;
    functions.drawn = key;
    const all = functionsOf().filter(([name]) => name.toLowerCase().includes(looked.query));
    all.sort((a, b) => (functions.by === 0 ? a[0].localeCompare(b[0]) : b[functions.by] - a[functions.by]));
    const longest = Math.max(1, ...all.map((row) => row[3]));
    const head = ["function", "calls", "failed", "total", "mean", "longest"].map((label, n) => {
      const by = n === 4 ? null : n === 5 ? 4 : n;
      return el("th", { scope: "col", "aria-sort": by === functions.by ? (by ? "descending" : "ascending") : null },
        by === null ? label : el("button", { type: "button", click: () => { functions.by = by; redraw(); } }, `${label}${by === functions.by ? (by ? " ↓" : " ↑") : ""}`));
    });
    const body = all.slice(0, FUNCTIONS_MOST).map(([name, calls, failed, total, most]) => el("tr", {},
      el("td", {}, el("button", { type: "button", class: "link", click: () => searchFor(name) }, bdi(brief(name, 200)))),
      el("td", {}, count(calls)), el("td", { class: failed ? "failed-text" : "" }, failed ? `✕ ${count(failed)}` : "–"),
      el("td", {}, time(total), el("span", { class: "bar", style: `width:${Math.round((total / longest) * 90)}px;margin-inline-start:auto` })),
      el("td", {}, time(total / Math.max(1, calls))), el("td", {}, time(most))));
    functions.table.replaceChildren(
      el("caption", { class: "quiet" }, "From start to end of each call, awaits included", run.remotes ? "; on the engine, from question to answer" : "", all.length > FUNCTIONS_MOST ? `; the first ${FUNCTIONS_MOST} of ${count(all.length)}` : ""),
      el("thead", {}, el("tr", {}, ...head)), el("tbody", {}, ...body));
  },
  reveal() {},
};
