// The timeline: a lane a thread, with what ran on it, and a lane an execution, with what it did.

const timeline = { view: null, t0: 0, t1: 0, whole: true, drag: null, of: null };
const AXIS = 26, LANE = 22, TITLE = 24;

const labels = () => (timeline.view.width < 520 ? 96 : 220);
const tX = (at) => labels() + ((at - timeline.t0) / (timeline.t1 - timeline.t0)) * (timeline.view.width - labels() - 10);
const xT = (x) => timeline.t0 + ((x - labels()) / (timeline.view.width - labels() - 10)) * (timeline.t1 - timeline.t0);
// Deep stacks of lent runs are drawn thinner.
const runHeight = (lane) => Math.max(3, Math.min(18, 150 / (lane.depth + 1)));

const timelineView = {
  name: "timeline",
  make(panel) {
    timeline.view = canvasView(panel, "Timeline: arrow keys move, plus and minus zoom, 0 shows it all", drawTimeline);
    const { scroller } = timeline.view;
    scroller.addEventListener("pointermove", timelineMove);
    scroller.addEventListener("pointerleave", () => hover(null));
    scroller.addEventListener("pointerdown", (event) => {
      if (event.button === 0) timeline.drag = { x: timeline.view.point(event).x, t0: timeline.t0, t1: timeline.t1, moved: false };
    });
    window.addEventListener("pointerup", () => { timeline.drag = null; });
    scroller.addEventListener("click", (event) => { const entity = timelineHit(event); pick(entity, entity ? entity.first : -1); });
    scroller.addEventListener("dblclick", (event) => zoomTo(timelineHit(event)));
    scroller.style.touchAction = "pan-y";
    scroller.addEventListener("wheel", timelineWheel, { passive: false });
    scroller.addEventListener("keydown", timelineKey);
  },
  tools() {
    const step = (label, title, act) => el("button", { type: "button", class: "step", title, "aria-label": title, click: () => { act(); redraw(); } }, label);
    return [el("span", { class: "wide" }, "Ctrl + wheel zooms"), step("−", "Zoom out", () => zoom(2)), step("+", "Zoom in", () => zoom(0.5)), step("all", "Show all of it", () => { timeline.whole = true; })];
  },
  draw() {
    const { view } = timeline;
    view.width = view.scroller.clientWidth;
    if (timeline.whole || timeline.of !== run) {
      timeline.of = run;
      timeline.whole = true;
      timeline.t0 = run.from;
      timeline.t1 = Math.max(run.to, run.from + 1);
    }
    view.size(0, lanesTop() + run.order.length * LANE + 16);
    view.draw();
  },
  reveal(entity) {
    const top = lanesTop() + entity.place * LANE;
    bringIntoView(timeline.view, 0, top, 1, LANE, { left: 0, top: AXIS });
    const [from, to] = [entity.invoked ?? run.events[entity.first][TIME], entity.end ? entity.end.at : run.to];
    if (timeline.whole) return;
    const width = timeline.t1 - timeline.t0;
    if (from > timeline.t1 || to < timeline.t0) Object.assign(timeline, { t0: from - width / 4, t1: from + (width * 3) / 4 });
  },
};

// Where the lanes of threads begin and end; those of executions follow.
function threadTops() {
  let y = AXIS + TITLE;
  return run.threads.map((lane) => { const top = y; y += runHeight(lane) * (lane.depth + 1) + 8; return top; });
}
function lanesTop() {
  return run.threads.reduce((y, lane) => y + runHeight(lane) * (lane.depth + 1) + 8, AXIS + TITLE) + TITLE + 6;
}

function zoom(factor, around = (timeline.t0 + timeline.t1) / 2) {
  const all = Math.max(1, run.to - run.from);
  const width = Math.min(all, Math.max((timeline.t1 - timeline.t0) * factor, 0.05));
  const share = (around - timeline.t0) / (timeline.t1 - timeline.t0);
  show(around - share * width, width);
}
// The time of one execution, with a little around it.
function zoomTo(entity) {
  if (!entity) return;
  const from = entity.invoked ?? run.events[entity.first][TIME];
  const width = Math.max((entity.end ? entity.end.at : run.to) - from, 0.05);
  show(from - width * 0.2, width * 1.4);
}
function show(t0, width) {
  const all = Math.max(1, run.to - run.from);
  timeline.whole = width >= all;
  timeline.t0 = Math.max(run.from, Math.min(t0, run.from + all - width));
  timeline.t1 = timeline.t0 + width;
  redraw();
}

function timelineWheel(event) {
  if (event.ctrlKey || event.metaKey) {
    event.preventDefault();
    zoom(Math.exp(event.deltaY * 0.003), xT(Math.max(labels(), timeline.view.point(event).x)));
  } else if (event.shiftKey || Math.abs(event.deltaX) > Math.abs(event.deltaY)) {
    event.preventDefault();
    const width = timeline.t1 - timeline.t0;
    show(timeline.t0 + ((event.deltaX || event.deltaY) / timeline.view.width) * width, width);
  }
}

function timelineMove(event) {
  const { drag } = timeline;
  if (drag) {
    const width = drag.t1 - drag.t0;
    const by = ((drag.x - timeline.view.point(event).x) / (timeline.view.width - labels())) * width;
    if (!timeline.whole && Math.abs(by) > 0) show(drag.t0 + by, width);
  } else {
    hover(timelineHit(event));
  }
}

function timelineHit(pointer) {
  const { x, y } = timeline.view.point(pointer);
  if (y < AXIS) return null;
  const at = y + timeline.view.y, top = lanesTop();
  if (at >= top) return run.order[Math.floor((at - top) / LANE)] || null;
  const tops = threadTops();
  const n = tops.findLastIndex((one) => one <= at);
  if (n < 0 || x < labels()) return null;
  const lane = run.threads[n], depth = Math.floor((at - tops[n]) / runHeight(lane));
  const when = xT(x), slack = (2 / timeline.view.width) * (timeline.t1 - timeline.t0);
  const hit = lane.runs.findLast((one) => one.depth === depth && one.at - slack <= when && (one.to ?? run.to) + slack >= when);
  return hit ? hit.entity : null;
}

function timelineKey(key) {
  const width = timeline.t1 - timeline.t0;
  const act = {
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), "0": () => { timeline.whole = true; redraw(); }, Enter: () => zoomTo(looked.entity),
    ArrowLeft: () => show(timeline.t0 - width / 8, width), ArrowRight: () => show(timeline.t0 + width / 8, width),
  }[key.key];
  const at = looked.entity ? looked.entity.place : -1, page = Math.floor(timeline.view.height / LANE) - 2;
  const to = { ArrowDown: at + 1, ArrowUp: at - 1, PageDown: at + page, PageUp: at - page, Home: 0, End: run.order.length - 1 }[key.key];
  if (act && !key.ctrlKey && !key.metaKey) { key.preventDefault(); act(); return; }
  if (to === undefined || !run.order.length) return;
  key.preventDefault();
  const entity = run.order[Math.max(0, Math.min(run.order.length - 1, to))];
  pick(entity, entity.first);
  timelineView.reveal(entity);
}

function drawTimeline(context, view) {
  const left = labels();
  drawThreads(context, view, left);
  drawLanes(context, view, left);
  drawAxis(context, view, left);
}

function section(context, text, y) {
  context.font = font(12, "600");
  context.textAlign = "left";
  context.fillStyle = theme.muted;
  context.fillText(text, 12, y);
}

function drawThreads(context, view, left) {
  section(context, `Threads: ${count(run.threads.length)}`, AXIS + TITLE / 2 - view.y);
  threadTops().forEach((top, n) => {
    const lane = run.threads[n], tall = runHeight(lane), height = tall * (lane.depth + 1);
    const y = top - view.y;
    if (y + height < AXIS || y > view.height) return;
    context.font = font(12);
    context.textAlign = "left";
    context.fillStyle = theme.ink;
    context.fillText(fitted(context, `${n + 1} ${brief(lane.name, 40)}`, left - 20), 12, y + Math.min(height, 18) / 2);
    context.save();
    context.beginPath();
    context.rect(left, y - 2, view.width - left, height + 4);
    context.clip();
    context.fillStyle = theme.faint;
    context.fillRect(left, y, view.width - left, height);
    // Of the runs that share a pixel, one is drawn.
    const drawn = new Float64Array(lane.depth + 1).fill(-1);
    for (const one of lane.runs) {
      const x = tX(one.at), end = tX(one.to ?? run.to);
      if (end < left || x > view.width || (end - drawn[one.depth] < 1 && shownEntity() !== one.entity)) continue;
      drawn[one.depth] = Math.max(end, x + 1);
      drawRun(context, one, x, Math.max(1, end - x), y + one.depth * tall, tall - 1);
    }
    context.restore();
  });
}

// One run on a thread: hatched while suspended, underlined if the thread was lent.
function drawRun(context, one, x, width, y, height) {
  const { entity } = one;
  context.globalAlpha = dimmed(entity) ? 0.2 : 1;
  context.fillStyle = colorOf(entity);
  context.fillRect(x, y, width, height);
  const end = one.to ?? run.to;
  let drawn = -1;
  if (width > 3) for (const { suspended } of entity.awaits) for (const [from, to] of suspended) {
    const stop = tX(Math.min(to ?? run.to, end));
    if (from < one.at || from > end || stop < drawn + 1) continue;
    blank(context, tX(from), Math.max(1, stop - tX(from)), y, height, colorOf(entity));
    drawn = stop;
  }
  if (one.lentBy && height > 5) {
    context.fillStyle = theme.lent;
    context.fillRect(x, y + height - 3, width, 3);
  }
  if (shownEntity() === entity) {
    context.strokeStyle = theme.ink;
    context.lineWidth = 2;
    context.strokeRect(x, y, width, height);
    context.lineWidth = 1;
  }
  if (height > 10 && width > 26) {
    context.font = font(10.5, "600");
    context.textAlign = "left";
    const from = Math.max(x, labels());
    const text = fitted(context, titleText(entity, 40), x + width - from - 8);
    const middle = y + (height - (one.lentBy ? 2 : 0)) / 2;
    // On stripes, text wants a ground of its own.
    if (entity.awaits.some(({ suspended }) => suspended.length)) {
      context.fillStyle = theme.bg;
      context.fillRect(from + 1, y + 2, context.measureText(text).width + 6, height - 4);
      context.fillStyle = theme.ink;
    } else {
      context.fillStyle = inkOn(colorOf(entity));
    }
    context.fillText(text, from + 4, middle);
  }
  context.globalAlpha = 1;
}

// A wait: stripes instead of the full colour.
function blank(context, x, width, y, height, color) {
  context.fillStyle = theme.bg;
  context.fillRect(x, y, width, height);
  context.fillStyle = hatch(context, color);
  context.fillRect(x, y, width, height);
  if (width < 3) return;
  context.strokeStyle = color;
  context.strokeRect(x + 0.5, y + 0.5, width - 1, height - 1);
}

function drawLanes(context, view, left) {
  const top = lanesTop();
  section(context, `Executions and promises: ${count(run.order.length)}`, top - TITLE / 2 - view.y);
  const first = Math.max(0, Math.floor((view.y - top) / LANE));
  const last = Math.min(run.order.length, Math.ceil((view.y + view.height - top) / LANE));
  for (let n = first; n < last; n++) {
    const entity = run.order[n], y = top + n * LANE - view.y;
    if (shownEntity() === entity) {
      context.fillStyle = looked.entity === entity ? theme.pick : theme.faint;
      context.fillRect(0, y, view.width, LANE);
    }
    context.globalAlpha = dimmed(entity) ? 0.25 : 1;
    const indent = 12 + Math.min(entity.depth, 8) * (left > 100 ? 8 : 3);
    context.font = font(12);
    context.textAlign = "left";
    context.fillStyle = theme.ink;
    context.fillText(fitted(context, titleText(entity, 40), left - indent - 8), indent, y + LANE / 2);
    context.save();
    context.beginPath();
    context.rect(left, y, view.width - left, LANE);
    context.clip();
    drawLane(context, entity, y + 4, LANE - 8);
    context.restore();
    context.globalAlpha = 1;
  }
}

function drawLane(context, entity, y, height) {
  const color = colorOf(entity), { starts, end } = entity;
  const box = (from, to) => [tX(from), Math.max(1.5, tX(to) - tX(from))];
  const begin = entity.invoked ?? run.events[entity.first][TIME];
  const stop = end ? end.at : run.to;
  if (isRemote(entity)) {
    const [x, width] = box(begin, stop);
    drawRemote(context, entity, x, width, y, height);
  } else if (entity.invoked !== null) {
    const [x, width] = box(begin, starts.length ? starts[0].at : stop);
    context.strokeStyle = color;
    context.setLineDash([3, 2]);
    context.strokeRect(x + 0.5, y + 2.5, width - 1, height - 5);
    context.setLineDash([]);
  }
  if (starts.length) {
    const [x, width] = box(starts[0].at, stop);
    context.fillStyle = color;
    context.fillRect(x, y, width, height);
    let drawn = -1;
    for (const one of entity.awaits) {
      const [from, wide] = box(one.from, one.to ?? run.to);
      // Of very many short ones, one a pixel.
      if (from + wide < drawn + 1 || from > timeline.view.width) continue;
      blank(context, from, wide, y, height, color);
      drawn = from + wide;
    }
    for (const one of starts) if (one.lentBy) {
      const [from, wide] = box(one.at, one.to ?? run.to);
      context.fillStyle = theme.lent;
      context.fillRect(from, y + height, wide, 3);
    }
  }
  if (!end) return;
  // The promise may be held for longer than the execution lasts.
  context.strokeStyle = color;
  context.beginPath();
  context.moveTo(tX(end.at), y + height / 2); context.lineTo(tX(entity.freed ?? run.to), y + height / 2);
  context.stroke();
  if (!end.ok) cross(context, tX(end.at) + 5, y + height / 2, 4);
}

function drawAxis(context, view, left) {
  context.fillStyle = theme.panel;
  context.fillRect(0, 0, view.width, AXIS);
  context.strokeStyle = theme.line;
  context.beginPath();
  context.moveTo(0, AXIS - 0.5); context.lineTo(view.width, AXIS - 0.5);
  const rough = ((timeline.t1 - timeline.t0) / Math.max(1, view.width - left)) * 90;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].find((digit) => digit * power >= rough) * power;
  context.font = mono(11);
  context.textAlign = "left";
  context.fillStyle = theme.muted;
  for (let n = Math.ceil((timeline.t0 - run.from) / step); run.from + n * step <= timeline.t1; n++) {
    const x = Math.round(tX(run.from + n * step)) + 0.5;
    context.moveTo(x, AXIS - 6); context.lineTo(x, AXIS);
    if (x < view.width - 50) context.fillText(time(n * step), x + 4, AXIS / 2);
  }
  context.stroke();
}
