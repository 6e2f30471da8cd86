// The article's state at any moment: a slider over the events, the promises and awaiters after so many
// of them, and what happened last.

const moment = { n: null, slider: null, list: null, timer: 0, head: null };

// Until it is moved: the end of a live run; of one that is over, where it had the most promises.
function momentNow() {
  return Math.min(moment.n ?? (live.on ? run.events.length : fullest()), run.events.length);
}

function fullest() {
  if (moment.of === run) return moment.fullest;
  let alive = 0, most = 0;
  Object.assign(moment, { of: run, fullest: 0 });
  run.events.forEach((event, index) => {
    if (event[KIND] === "invoke" || event[KIND] === "create") alive += 1;
    else if (event[KIND] === "free") alive -= 1;
    // With an await, if it follows at once.
    if (alive > most || (alive === most && index === moment.fullest + 2)) { most = alive; moment.fullest = index + 1; }
  });
  return moment.fullest;
}

const stateView = {
  name: "state",
  make(panel) {
    const step = (label, title, by) => el("button", { type: "button", class: "step", title, "aria-label": title, click: () => { stop(); goToMoment(by()); } }, label);
    moment.slider = el("input", { type: "range", min: 0, value: 0, step: 1, id: "moment", "aria-label": "After how many events", input: () => { stop(); goToMoment(moment.slider.valueAsNumber); } });
    moment.play = el("button", { type: "button", class: "step", title: "Play", "aria-label": "Play", click: play }, "▷");
    panel.append(
      el("div", { class: "player" },
        step("|◂", "Before the first event", () => 0), step("◂", "One event back", () => momentNow() - 1), moment.slider,
        step("▸", "One event on", () => momentNow() + 1), step("▸|", "After the last event", () => run.events.length), moment.play),
      el("p", { class: "now", id: "now" }),
      el("div", { class: "halves" },
        el("div", {}, el("div", { class: "row head thirds" }, el("span", {}, "promise"), el("span", {}, "state"), el("span", {}, "awaiters")),
          moment.rows = el("div", { class: "scroller", tabindex: "0", "aria-label": "Promises and awaiters", mouseleave: () => hover(null) })),
        el("pre", { id: "article", tabindex: "0", "aria-label": "The state as the article prints it" })));
    moment.list = windowed(moment.rows, 28, momentRow);
  },
  tools: () => [],
  draw() {
    const n = momentNow(), event = run.events[n - 1], state = stateAt(n);
    if (moment.slider.max !== String(run.events.length)) moment.slider.max = run.events.length;
    moment.slider.value = n;
    moment.slider.setAttribute("aria-valuetext", `after ${n} of ${run.events.length} events: ${eventText(event)}`);
    $("now").replaceChildren(
      el("span", { class: "quiet" }, `after ${count(n)} of ${plural(run.events.length, "event")}${event ? `, at ${time(event[TIME] - run.from)}` : ""}`),
      el("br"), bdi(eventText(event)));
    moment.list.rows = byId(state.promises).map(([id, progress]) => ({ id, progress, awaiters: state.awaiters.get(id) || [], entity: run.entities.get(id) }));
    moment.list.draw();
    const text = articleText(state, 200);
    if ($("article").textContent !== text) $("article").textContent = text;
  },
  reveal(entity) {
    if (looked.event >= 0) moment.n = looked.event + 1;
    stateView.draw();
    const row = moment.list.rows.findIndex(({ id }) => id === entity.id);
    if (row >= 0) moment.list.reveal(row);
  },
};

function goToMoment(n) {
  moment.n = Math.max(0, Math.min(n, run.events.length));
  // The details follow, without moving what is picked elsewhere.
  const event = run.events[moment.n - 1];
  pick(event ? run.entities.get(event[WHO]) || null : null, moment.n - 1);
}

function momentRow({ id, progress, awaiters, entity }) {
  const end = entity?.end;
  const value = (progress === "completed" || progress === "failed") && end?.value ? ` ${brief(end.value, 40)}` : "";
  const names = awaiters.slice(0, 6).map(named).join(", ") + (awaiters.length > 6 ? ` and ${count(awaiters.length - 6)} more` : "");
  const mark = { completed: "✓", failed: "✕", pending: "●", queued: "○" }[progress];
  const durable = entity?.durable ?? null;
  const words = entity && isRemote(entity) && progress === "pending" ? "◎ on the engine" : `${mark} ${progress}`;
  return el("div", {
    class: `row thirds${entity && shownEntity() === entity ? " shown" : ""}${entity && dimmed(entity) ? " dim" : ""}`, "data-id": id,
    mousemove: () => hover(entity || null), click: () => pick(entity || null, momentNow() - 1),
  },
  el("span", {}, dotOf(entity), bdi(entity ? titleText(entity, 60) : `#${id}`),
    durable === null ? null : el("span", { class: "quiet" }, "  ", bdi(briefId(durable, 40)))),
  el("span", { class: progress === "failed" ? "failed-text" : progress === "completed" ? "" : "quiet" }, words, bdi(value)),
  el("span", {}, bdi(names || "–")));
}

function stop() {
  clearInterval(moment.timer);
  moment.timer = 0;
  moment.play.textContent = "▷";
}

// A few events a second; a long run in bigger steps.
function play() {
  if (moment.timer) { stop(); return; }
  if (momentNow() >= run.events.length) moment.n = 0;
  moment.play.textContent = "❚❚";
  const step = Math.max(1, Math.round(run.events.length / 400));
  moment.timer = setInterval(() => {
    goToMoment(momentNow() + step);
    if (momentNow() >= run.events.length) stop();
  }, 220);
}
