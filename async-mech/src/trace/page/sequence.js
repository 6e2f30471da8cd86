// The sequence diagram: a row an event, a column an execution. Either as in the article, where all goes
// through the event loop, or told shortly, from caller to callee and back to the awaiter.

const sequence = { view: null, loop: null, every: false, of: null };
const ROW = 32, HEAD = 46, LINE = 21;

const shownRows = () => (sequence.every ? layout.all : withLoop() ? layout.main : layout.short);
const narrow = () => sequence.view.width < 520;
const withLoop = () => sequence.loop ?? run.order.length <= 8;
// Widths: of a column, of the numbers at the left, and of all that stays at the left.
function columnWidth() {
  if (narrow()) return 104;
  const room = (sequence.view.width - pinnedWidth()) / Math.max(1, layout.columns.length);
  return Math.max(132, Math.min(210, Math.floor(room)));
}
const numberWidth = () => 14 + 6.7 * count(run.events.length).length;
const gutter = () => numberWidth() + (narrow() ? 6 : 68);
const loopX = () => gutter() + (narrow() ? 26 : 48);
const pinnedWidth = () => (withLoop() ? loopX() + (narrow() ? 24 : 86) : gutter());
const columnX = (column) => pinnedWidth() + column * columnWidth() + columnWidth() / 2 - sequence.view.x;

const sequenceView = {
  name: "sequence",
  make(panel) {
    sequence.view = canvasView(panel, "Sequence diagram: arrow keys move through the events", drawSequence);
    const { scroller } = sequence.view;
    scroller.addEventListener("pointermove", (event) => hover(...sequenceHit(event)));
    scroller.addEventListener("pointerleave", () => hover(null));
    scroller.addEventListener("click", (event) => pick(...sequenceHit(event)));
    scroller.addEventListener("keydown", sequenceKey);
  },
  tools() {
    const box = (label, title, checked, set) => el("label", { title },
      el("input", { type: "checkbox", checked, change: (event) => { set(event.target.checked); redraw(); } }), label);
    return [
      box("event loop", "Draw the event loop between callers and callees, as the article does", withLoop(), (on) => { sequence.loop = on; }),
      box("every event", "Also when executions are entered, suspended, resumed and freed", sequence.every, (on) => { sequence.every = on; }),
    ];
  },
  draw() {
    layOut();
    const { view } = sequence;
    view.width = view.scroller.clientWidth;
    const toEnd = live.on && live.follow && view.scroller.scrollTop + view.scroller.clientHeight >= view.extent.offsetHeight - 2 * ROW;
    view.size(pinnedWidth() + layout.columns.length * columnWidth(), HEAD + shownRows().length * ROW + 12);
    if (toEnd) view.scroller.scrollTop = view.extent.offsetHeight;
    view.draw();
  },
  reveal(entity) {
    layOut();
    if (looked.event < 0 && entity) looked.event = entity.first;
    if (looked.event < 0) return;
    const row = lowerBound(shownRows(), (index) => index >= looked.event);
    const x = columnX(columnOf((entity || looked.entity)?.id) ?? 0) + sequence.view.x;
    bringIntoView(sequence.view, x - columnWidth(), HEAD + (row - 1) * ROW, 2 * columnWidth(), 3 * ROW, { left: pinnedWidth(), top: HEAD });
  },
};

const rowOf = (index) => lowerBound(shownRows(), (at) => at >= index);
const rowY = (row) => HEAD + row * ROW + LINE - sequence.view.y;

function sequenceHit(pointer) {
  const { x, y } = sequence.view.point(pointer);
  if (y < HEAD) {
    const top = shownRows()[Math.floor(sequence.view.y / ROW)] ?? 0;
    const span = x > pinnedWidth() ? spanAt(Math.floor((x + sequence.view.x - pinnedWidth()) / columnWidth()), top) : null;
    return span ? [span.entity, -1] : [null, -1];
  }
  const index = shownRows()[Math.floor((y + sequence.view.y - HEAD) / ROW)];
  if (index === undefined) return [null, -1];
  // On somebody's lifeline it is about them, else about whom it happened to.
  const column = Math.round((x + sequence.view.x - pinnedWidth()) / columnWidth() - 0.5);
  const span = Math.abs(x - columnX(column)) < 14 ? spanAt(column, index) : null;
  const there = span && span.from <= index ? span.entity : run.entities.get(run.events[index][WHO]);
  return [there || null, index];
}

function sequenceKey(key) {
  const list = shownRows();
  const at = looked.event < 0 ? -1 : rowOf(looked.event);
  const page = Math.max(1, Math.floor((sequence.view.height - HEAD) / ROW) - 1);
  const to = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: list.length - 1 }[key.key];
  let index = to === undefined ? undefined : list[Math.max(0, Math.min(list.length - 1, to))];
  // To the next or last event of the same execution.
  if ((key.key === "ArrowRight" || key.key === "ArrowLeft") && at >= 0) {
    const mine = (other) => run.events[other][WHO] === run.events[list[at]][WHO];
    index = key.key === "ArrowRight" ? list.slice(at + 1).find(mine) : list.slice(0, at).findLast(mine);
    key.preventDefault();
  }
  if (index === undefined) return;
  key.preventDefault();
  pick(run.entities.get(run.events[index][WHO]) || null, index);
  sequenceView.reveal();
}

function drawSequence(context, view) {
  const list = shownRows();
  const first = Math.max(0, Math.floor(view.y / ROW) - 1);
  const last = Math.min(list.length, Math.ceil((view.y + view.height - HEAD) / ROW) + 1);
  const picked = looked.event >= 0 ? rowOf(looked.event) : -1;
  const hovered = looked.hoverEvent >= 0 ? rowOf(looked.hoverEvent) : -1;
  for (const [row, color] of [[hovered, theme.faint], [picked, theme.pick]]) {
    if (row < first || row >= last) continue;
    context.fillStyle = color;
    context.fillRect(0, HEAD + row * ROW - view.y, view.width, ROW);
  }
  const left = withLoop() ? loopX() : gutter();
  context.save();
  context.beginPath();
  context.rect(left, HEAD, view.width - left, view.height - HEAD);
  context.clip();
  const width = columnWidth();
  const from = Math.max(0, Math.floor(view.x / width) - 1);
  const to = Math.min(layout.columns.length, Math.ceil((view.x + view.width) / width) + 1);
  const [begin, end] = [list[first] ?? 0, list[last] ?? run.events.length];
  for (let column = from; column < to; column++) drawColumn(context, column, begin, end);
  for (let row = first; row < last; row++) drawMessage(context, list[row], rowY(row));
  context.restore();
  drawNumbers(context, list, first, last);
  drawHeads(context, list, from, to);
}

// The lifelines of a column, and what its executions do meanwhile.
function drawColumn(context, column, begin, end) {
  const x = columnX(column), spans = layout.columns[column];
  const bottom = rowY(shownRows().length) - LINE + 6;
  for (let n = lowerBound(spans, (span) => span.to === null || span.to >= begin); n < spans.length && spans[n].from <= end; n++) {
    const span = spans[n], { entity, from, to } = span;
    span.half = 6;
    context.globalAlpha = dimmed(entity) ? 0.25 : 1;
    const [top, low] = [rowY(rowOf(from)), to === null ? bottom : rowY(rowOf(to))];
    context.strokeStyle = theme.line;
    context.setLineDash(entity.phases.length && entity.what !== "promise" ? [] : [3, 3]);
    context.beginPath();
    context.moveTo(x, top); context.lineTo(x, low);
    context.stroke();
    context.setLineDash([]);
    const color = colorOf(entity);
    // From the one that reaches into what is in view; there may be very many.
    const { phases } = entity;
    for (let at = Math.max(0, lowerBound(phases, ([index]) => index >= begin) - 1); at < phases.length && phases[at][0] <= end; at++) {
      const [index, name] = phases[at];
      // The row in which the engine is asked is there with the event loop only.
      const phase = name === "queued" && isRemote(entity) && !withLoop() ? "remote" : name;
      const y = rowY(rowOf(index)), until = at + 1 < phases.length ? rowY(rowOf(phases[at + 1][0])) : bottom;
      if (phase !== "done" && phase !== "gone" && until > y) drawPhase(context, x, y, until - y, phase, color);
    }
    if (n > 0 && entity.what !== "root") span.half = drawPill(context, entity, x, top);
  }
  context.globalAlpha = 1;
}

function drawPhase(context, x, y, height, phase, color) {
  if (phase === "queued") {
    context.strokeStyle = color;
    context.setLineDash([2, 3]);
    context.strokeRect(x - 4.5, y, 9, height);
    context.setLineDash([]);
    return;
  }
  if (phase === "remote") { dotted(context, x - 5, y, 10, height, color); return; }
  context.fillStyle = phase === "running" ? color : theme.bg;
  context.fillRect(x - 5, y, 10, height);
  if (phase === "waiting") {
    context.fillStyle = hatch(context, color);
    context.fillRect(x - 5, y, 10, height);
    context.strokeStyle = color;
    context.strokeRect(x - 4.5, y, 9, height);
  }
}

// A name at the beginning of a lifeline that has taken over a column.
function drawPill(context, entity, x, y) {
  context.font = font(11, "600");
  const text = fitted(context, titleText(entity, 30), columnWidth() - 22);
  const width = context.measureText(text).width + 14;
  context.fillStyle = theme.panel;
  context.strokeStyle = colorOf(entity);
  context.beginPath();
  context.roundRect(x - width / 2, y - 9, width, 18, 9);
  context.fill(); context.stroke();
  if (isRemote(entity)) innerOutline(context, x - width / 2, y - 9, width, 18, 9);
  context.fillStyle = theme.ink;
  context.textAlign = "center";
  context.fillText(text, x, y);
  return width / 2;
}

// From whom to whom an event goes, and what it says; a solid line asks, a dashed one answers.
function messageOf(event) {
  const loop = withLoop() ? "loop" : null;
  const [who, caller, value] = [event[WHO], event[CALLER], event[REST]];
  const entity = run.entities.get(who);
  const invocation = () => ({ from: caller, to: loop || who, text: `invoke ${callText(entity, 40)}`, short: `invoke ${brief(entity.site.function, 40)}` });
  switch (event[KIND]) {
    case "invoke": return invocation();
    case "promise": return { from: loop || who, to: caller, text: `promise #${who}`, answers: true };
    case "start": return value && !loop ? { from: value, to: who, text: "lends its thread", lent: true }
      : { from: loop || who, to: who, text: value ? `run on #${value}'s thread` : loop ? "run" : `starts on thread ${event[THREAD] + 1}`, lent: !!value };
    case "complete": return { from: who, to: loop || who, text: value === null ? "complete" : loop ? `complete ${brief(value, 60)}` : `= ${brief(value, 60)}` };
    // It runs on: it is here that nobody asks for it any more.
    case "fail": return isRemote(entity) && value === "Abandoned" ? { from: loop || who, to: who, text: "abandoned: nobody here awaits it", fails: true, answers: true } : { from: who, to: loop || who, text: `${value.toLowerCase()}: ${brief(event[REST + 1], 80)}`, fails: true };
    case "await": return { from: who, to: loop || value, text: `await #${value}` };
    case "return": return { from: loop || value, to: who, text: returnedText(event), answers: true, fails: /deadlock|cancelled/.test(event[REST + 1]) || run.entities.get(value)?.end?.ok === false };
    case "link": return { from: who, to: value, text: `goes to #${value}`, answers: true };
    case "settle": return { from: value || who, to: who, text: value ? `decided by #${value}` : "decided", answers: true };
    case "durable": return value ? { from: who, to: who, text: engineText(entity, 40), quiet: true } : { from: loop || who, to: who, text: "run on the engine" };
    case "create": return isRemote(entity) ? invocation() : { from: caller || who, to: who, text: `make ${brief(entity.site.function, 40)}` };
    case "lost": return { from: who, to: who, text: `${plural(value, "event")} lost` };
    default: return { from: who, to: who, text: event[KIND] === "enter" ? `enter ${callText(entity, 40)}` : event[KIND], quiet: true };
  }
}

function drawMessage(context, index, y) {
  const event = run.events[index], message = messageOf(event);
  const xOf = (end) => (end === "loop" ? loopX() : columnOf(end) === null ? null : columnX(columnOf(end)));
  let [from, to] = [xOf(message.from), xOf(message.to)];
  if (from === null && to === null) return;
  from ??= to - 60;
  to ??= from + 60;
  context.globalAlpha = dimmed(run.entities.get(event[WHO]) || null) ? 0.25 : 1;
  const color = message.fails ? theme.fail : message.lent ? theme.lent : message.quiet ? theme.muted : theme.ink;
  context.font = font(12, message.answers ? "" : "500");
  if (from === to) {
    if (message.fails) cross(context, from, y, 5);
    context.textAlign = "left";
    context.beginPath();
    context.fillStyle = color;
    if (!message.fails) { context.arc(from, y, 3.5, 0, 7); context.fill(); }
    haloText(context, fitted(context, message.text, columnWidth() * 1.6), from + 12, y, color);
  } else {
    drawArrow(context, from, to, y, message, color, event[KIND]);
  }
  context.globalAlpha = 1;
}

function drawArrow(context, from, to, y, message, color, kind) {
  const way = Math.sign(to - from);
  // To the edge of what is there: the loop, a bar, or a name.
  const named = message.to !== "loop" && /invoke|create/.test(kind) ? layout.column.get(message.to) : null;
  const tip = message.to === "loop" ? to : to - way * (named?.half ?? 6);
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 1.25;
  context.setLineDash(message.answers ? [5, 4] : []);
  context.beginPath();
  context.moveTo(from, y); context.lineTo(tip - way * 5, y);
  context.stroke();
  context.setLineDash([]);
  context.lineWidth = 1;
  context.beginPath();
  context.moveTo(tip, y); context.lineTo(tip - way * 8, y - 4); context.lineTo(tip - way * 8, y + 4);
  context.fill();
  // The text stands above the part of the line that is in view.
  const left = Math.max(Math.min(from, tip), withLoop() ? loopX() : gutter()), right = Math.min(Math.max(from, tip), sequence.view.width);
  context.textAlign = "center";
  const room = right - left > columnWidth() || named?.half > 6 ? right - left - 20 : columnWidth() - 20;
  const whole = !message.short || context.measureText(message.text).width <= room;
  const text = fitted(context, whole ? message.text : message.short, room);
  haloText(context, text, (left + right) / 2, y - 10, color);
}

// The numbers and times of the rows.
function drawNumbers(context, list, first, last) {
  const { view } = sequence, width = gutter();
  context.save();
  context.beginPath();
  context.rect(0, HEAD, width, view.height);
  context.clip();
  context.font = mono(11);
  for (let row = first; row < last; row++) {
    const y = rowY(row), event = run.events[list[row]];
    context.fillStyle = theme.muted;
    context.textAlign = "right";
    context.fillText(count(list[row] + 1), numberWidth(), y);
    if (!narrow()) context.fillText(time(event[TIME] - run.from), width - 6, y);
  }
  context.restore();
  context.strokeStyle = theme.line;
  if (withLoop()) {
    const end = Math.min(view.height, rowY(list.length) - LINE + 6);
    context.fillStyle = theme.accent;
    context.fillRect(loopX() - 2, HEAD, 4, end - HEAD);
  }
}

// Who the columns are, at the top of what is in view.
function drawHeads(context, list, from, to) {
  const { view } = sequence;
  context.fillStyle = theme.panel;
  context.fillRect(0, 0, view.width, HEAD);
  context.strokeStyle = theme.line;
  context.beginPath();
  context.moveTo(0, HEAD - 0.5); context.lineTo(view.width, HEAD - 0.5);
  context.stroke();
  context.save();
  context.beginPath();
  context.rect(withLoop() ? loopX() + 26 : gutter(), 0, view.width, HEAD);
  context.clip();
  const top = list[Math.floor(view.y / ROW)] ?? 0;
  for (let column = from; column < to; column++) {
    const span = spanAt(column, top);
    if (!span) continue;
    const { entity } = span, x = columnX(column), width = columnWidth() - 12;
    const [shown, open] = [shownEntity() === entity, span.from <= top || column < OWN_COLUMNS];
    context.globalAlpha = dimmed(entity) ? 0.3 : open ? 1 : 0.5;
    context.fillStyle = shown ? theme.pick : theme.bg;
    context.strokeStyle = shown ? theme.accent : colorOf(entity);
    context.lineWidth = shown ? 2 : 1.25;
    context.beginPath();
    context.roundRect(x - width / 2, 6, width, HEAD - 13, entity.what === "promise" ? 15 : 5);
    context.fill(); context.stroke();
    if (isRemote(entity)) innerOutline(context, x - width / 2, 6, width, HEAD - 13, 5);
    context.textAlign = "center";
    context.fillStyle = theme.ink;
    context.font = font(12, "600");
    context.fillText(fitted(context, `#${entity.id} ${brief(entity.site.function, 60)}`, width - 10), x, 17);
    context.fillStyle = theme.muted;
    context.font = font(11);
    context.fillText(fitted(context, headLine(entity, Math.floor((width - 14) / 5.4)), width - 10), x, 31);
    context.globalAlpha = 1;
    context.lineWidth = 1;
  }
  context.restore();
  if (withLoop()) {
    context.textAlign = "center";
    context.fillStyle = theme.accent;
    context.font = font(narrow() ? 10 : 12, "600");
    context.fillText("event", loopX(), 17);
    context.fillText("loop", loopX(), 31);
  }
}

// What tells an execution from others of its function.
function headLine(entity, most = 60) {
  const { args, site, what } = entity;
  if (isRemote(entity)) return engineText(entity, most);
  if (args && args.length) return brief(args.map(([name, value]) => `${name} = ${brief(value, 30)}`).join(", "), 60);
  return site.call ? `${fileName(site.call[0])}:${site.call[1]}` : what;
}
