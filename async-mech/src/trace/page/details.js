// The details of what is looked at: the event in words, and all that is known of the execution or
// promise. Long values are there in full, a part at a time.

const PART = 20000;
let detailed = "";

// Other executions are buttons: they lead there.
function linkTo(id) {
  const entity = run.entities.get(id);
  if (!entity) return el("span", { class: "quiet", title: "not in this page" }, `#${id}`);
  return el("button", { type: "button", class: "link", click: () => goTo(entity) }, bdi(named(id)));
}

function linksTo(ids) {
  const parts = [];
  for (const id of ids.slice(0, 12)) parts.push(parts.length ? " " : "", linkTo(id));
  if (ids.length > 12) parts.push(` and ${count(ids.length - 12)} more`);
  return parts;
}

function longText(text) {
  const pre = el("pre", { dir: "auto", tabindex: text.length > 400 ? "0" : null }, text.slice(0, PART));
  if (text.length <= PART) return pre;
  let shown = PART;
  const more = el("button", { type: "button", class: "link", click: () => {
    pre.append(text.slice(shown, shown + 8 * PART));
    shown += 8 * PART;
    if (shown >= text.length) more.remove();
  } }, `Show more of ${count(text.length)} characters`);
  return el("div", {}, pre, more);
}

function drawDetails() {
  const entity = shownEntity(), index = shownEvent();
  const event = index >= 0 ? run.events[index] : null;
  const key = entity || event
    ? `${entity ? `${entity.id} ${entity.last} ${run.to}` : ""} ${index}` : `none ${run.events.length}`;
  if (key === detailed) return;
  detailed = key;
  $("details").replaceChildren(...(entity || event ? detailsOf(entity, event, index) : overview()));
}

function rows(pairs) {
  const list = el("dl");
  for (const [term, ...value] of pairs) {
    if (value.some((part) => part !== null && part !== "")) list.append(el("dt", {}, term), el("dd", {}, ...value));
  }
  return list;
}

function badge(entity) {
  const progress = progressOf(entity);
  const mark = { completed: "✓", failed: "✕", waiting: "◫", running: "▶", queued: "○", pending: "○", "on the engine": "◎" }[progress];
  return el("span", { class: `badge ${progress}` }, `${mark} ${progress}`);
}

function detailsOf(entity, event, index) {
  const parts = [];
  if (event) {
    parts.push(el("p", { class: "event" },
      el("span", { class: "quiet" }, `Event ${count(index + 1)} of ${count(run.events.length)}, at ${time(event[TIME] - run.from)}`),
      el("br"), bdi(eventText(event))));
  }
  if (!entity) return parts;
  const { site, args, end } = entity;
  const what = { root: "root execution", invocation: "execution and promise", promise: "promise",
    remote: "promise of an execution on the engine" }[entity.what];
  parts.push(el("h2", {}, `#${entity.id} `, bdi(brief(site.function, 200))), el("p", { class: "kind" }, badge(entity), ` ${what}`));

  if (args && args.length) {
    parts.push(el("h3", {}, "Arguments"));
    for (const [name, value] of args) parts.push(el("div", { class: "value" }, el("b", {}, bdi(name)), longText(value)));
  }
  if (end && end.value !== null) {
    parts.push(el("h3", {}, end.ok ? "Value" : `Failure: ${end.kind}`), el("div", { class: end.ok ? "value" : "value failure" }, longText(end.value)));
  }

  const times = timesOf(entity);
  const threads = [...new Set(entity.starts.map((start) => start.thread))];
  const lent = entity.starts.filter((start) => start.lentBy).map((start) => start.lentBy);
  const below = run.below.get(entity.id);
  parts.push(rows([
    ["durable id", entity.durable === null ? null : bdi(entity.durable)],
    ["on the engine", times.remote === null ? null : time(times.remote)],
    [isRemote(entity) ? "runs here as" : "promise", ...linksTo(sameId(entity))],
    ["queued", times.queued === null ? null : time(times.queued)],
    ["ran", entity.starts.length ? time(times.ran) : null],
    ["waited", entity.awaits.length ? `${time(times.waited)} in ${plural(entity.awaits.length, "await")}` : null],
    ["began", time((entity.invoked ?? run.events[entity.first][TIME]) - run.from)],
    ["thread", threads.length ? bdi(threads.map(threadText).join(", ")) : null],
    ["lent by", ...linksTo(lent)],
    ["caller", entity.caller ? linkTo(entity.caller) : null],
    ["call", site.call ? bdi(placeText(site.call)) : null],
    ["defined", site.definition ? bdi(placeText(site.definition.slice(2))) : null],
    ["module", site.definition ? bdi(site.definition[1]) : null],
    ["called as", site.name !== site.function ? bdi(site.name) : null],
    ["invoked", ...linksTo(entity.children.map((child) => child.id))],
    ["awaits", ...linksTo([...new Set(entity.awaits.map((one) => one.promise))])],
    ["awaited by", ...linksTo([...new Set(entity.awaitedBy.map((one) => one.awaiter))])],
    ["goes to", ...linksTo(entity.links)],
    ["decided by", entity.settledBy ? linkTo(entity.settledBy) : null],
    ["cancelled", entity.cancelled ? "yes" : null],
    ["not shown", below ? `${plural(below, "execution")} below` : null],
  ]));
  return parts;
}

// What is there to see before anything is picked.
function overview() {
  const key = (name, text) => el("li", {}, el("i", { class: `swatch ${name}`, "aria-hidden": "true" }), text);
  return [
    el("h2", {}, "The run"),
    el("p", { class: "quiet" }, "Point at something, or move with the arrow keys, to read about it here."),
    el("ul", { class: "legend" },
      key("queued", "queued: invoked, not started"),
      key("running", "runs; each function has its colour"),
      key("waiting", "waits in an await"),
      key("lent", "runs on the thread its awaiter lent"),
      run.remotes ? key("remote", "on the engine, in some process") : null,
      key("failed", "failed")),
    el("p", { class: "quiet", id: "keys" },
      el("kbd", {}, "↑"), " ", el("kbd", {}, "↓"), " move, ", el("kbd", {}, "/"), " searches, ",
      el("kbd", {}, "+"), " ", el("kbd", {}, "−"), " ", el("kbd", {}, "0"), " ", el("kbd", {}, "Enter"), " zoom the timeline, ",
      el("kbd", {}, "Esc"), " lets go."),
  ];
}
