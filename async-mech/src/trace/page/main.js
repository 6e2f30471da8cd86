// Puts the page together: tabs, search, keys, what is drawn when; then the records, from the page
// itself or, for a live run, from the server that sent it.

const views = [sequenceView, entitiesView, timelineView, stateView, functionsView];
const live = { on: document.documentElement.hasAttribute("data-live"), follow: true, state: "" };
let current = views[0];
let pending = false;
const currentView = () => current;

// Draws what has changed, once a frame.
function redraw() {
  if (pending) return;
  pending = true;
  requestAnimationFrame(() => {
    pending = false;
    drawNow();
  });
}

function drawNow() {
  drawFacts();
  current.draw();
  drawDetails();
}

function showTab(name, focus = false) {
  current = views.find((view) => view.name === name) || current;
  for (const view of views) {
    const tab = $(`tab-${view.name}`), on = view === current;
    tab.setAttribute("aria-selected", String(on));
    tab.tabIndex = on ? 0 : -1;
    $(view.name).hidden = !on;
    if (on && focus) tab.focus();
    if (on) tab.scrollIntoView({ block: "nearest", inline: "nearest" });
  }
  $("tools").replaceChildren(...current.tools());
  if (looked.entity) current.draw(), current.reveal(looked.entity);
  redraw();
}

let factsKey = "";
function drawFacts() {
  const key = `${run.events.length} ${run.order.length} ${live.state} ${looked.query} ${run.full}`;
  if (key === factsKey) return;
  factsKey = key;
  const root = run.order.find((entity) => entity.what === "root") || run.order[0];
  const executions = run.order.reduce((n, entity) => n + (entity.what !== "promise"), 0);
  const facts = [
    plural(executions, "execution"), plural(run.order.length - run.order.reduce((n, entity) => n + (entity.what === "root"), 0), "promise"),
    plural(run.events.length, "event"), plural(run.threads.length, "thread"), time(run.to - run.from),
  ];
  if (run.remotes) facts.splice(1, 0, `${count(run.remotes)} of them on the engine`);
  if (run.failed) facts.push(`${count(run.failed)} failed`);
  if (live.on) facts.push(live.state);
  setText($("facts"), facts.join(" · "));
  setText($("title"), root ? `The run of ${root.site.function}` : live.on ? "Waiting for the run" : "An empty run");
  document.title = `${$("title").textContent}, seen by async-mech`;
  const notes = [];
  if (run.omitted) {
    const { entities, events, total } = run.omitted;
    notes.push(`Not shown: ${count(entities)} of the run's ${count(total)} executions and promises, and ${count(events)} of its events. Shown are those near the roots and the slowest; Functions counts all.`);
  }
  if (run.lost) notes.push(`${plural(run.lost, "event")} could not be recorded, so the picture has gaps.`);
  if (run.cut) notes.push(`${plural(run.cut, "long value")} ${run.cut === 1 ? "is" : "are"} cut short here.`);
  if (run.full) notes.push(`The page holds ${count(MOST_EVENTS)} events and takes no more; reload it to go on from now.`);
  setText($("notice"), notes.join(" "));
  $("notice").hidden = !notes.length;
  setText($("found"), looked.found ? `${count(looked.found.size)} of ${count(run.order.length)}` : "");
}

function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;
}

function searchFor(text) {
  $("search").value = text;
  search(text);
}

// Takes more of the run. What is there is extended; nothing is put together twice.
function add(records) {
  addRecords(records);
  if (looked.query) looked.found = new Set(run.order.filter(matches));
  redraw();
}

function reset() {
  run = newRun();
  entities.open.clear();
  moment.n = null;
  pick(null);
}

function listen() {
  const events = new EventSource("events");
  live.state = "connecting";
  // A connection begins anew: it numbers sites and threads by itself.
  events.onopen = () => { live.state = "live"; reset(); redraw(); };
  events.onmessage = (message) => add(JSON.parse(message.data));
  events.onerror = () => { live.state = events.readyState === EventSource.CLOSED ? "ended" : "connection lost, trying again"; redraw(); };
}

function start() {
  readTheme();
  for (const view of views) view.make($(view.name));
  const dark = matchMedia("(prefers-color-scheme: dark)");
  theme.dark = dark.matches;
  dark.addEventListener("change", () => { theme.dark = dark.matches; readTheme(); redraw(); });
  addEventListener("resize", redraw);
  for (const view of views) $(`tab-${view.name}`).addEventListener("click", () => showTab(view.name));
  document.querySelector('[role="tablist"]').addEventListener("keydown", (key) => {
    const at = views.indexOf(current);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1 + views.length, Home: 0, End: views.length - 1 }[key.key];
    if (to === undefined) return;
    key.preventDefault();
    showTab(views[to % views.length].name, true);
  });
  $("search").addEventListener("input", () => search($("search").value));
  $("search-form").addEventListener("submit", (event) => { event.preventDefault(); nextMatch(1); });
  addEventListener("keydown", (key) => {
    const typing = key.target.matches?.("input[type=search]");
    if (key.key === "/" && !typing) { key.preventDefault(); $("search").select(); }
    if (key.key === "Escape") { if (typing) searchFor(""); pick(null); }
    if (key.key === "Enter" && key.shiftKey && typing) { key.preventDefault(); nextMatch(-1); }
  });
  if (live.on) listen();
  else addRecords(JSON.parse($("records").textContent));
  $("records").remove();
  showTab("sequence");
  drawNow();
}

// For tests, and for the curious: `asyncMech.stateAfter(n)` in the browser's console.
window.asyncMech = {
  // Once it is drawn: how many milliseconds after the start of the navigation.
  ready: 0,
  // Promises and awaiters after so many events, as `Trace::state_after` has them.
  stateAfter(n) {
    const { promises, awaiters } = stateAt(n);
    return { promises: Object.fromEntries(promises), awaiters: Object.fromEntries([...awaiters].map(([id, list]) => [id, list.slice()])) };
  },
  // What the page holds, in numbers.
  counts: () => ({ events: run.events.length, entities: run.order.length, columns: layout.columns.length, threads: run.threads.length }),
  // All ids, or those of a function, in order.
  ids: (name) => run.order.filter((entity) => name === undefined || entity.site.function === name).map((entity) => entity.id),
  show: (name) => { showTab(name); drawNow(); },
  // Picks an execution or promise by id, at its last event of that kind.
  look: (id, kind) => {
    const at = run.events.findLastIndex((event) => event[WHO] === id && event[KIND] === kind);
    goTo(run.entities.get(id), at < 0 ? undefined : at);
    drawNow();
  },
  // Moves the slider of the state.
  moment: (n) => { goToMoment(n); drawNow(); },
  add: (records) => { add(records); drawNow(); },
};
start();
window.asyncMech.ready = performance.now();
