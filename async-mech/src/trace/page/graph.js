// The entity diagram of a small run, as in the article: executions, promises, and who invokes, awaits
// and completes what. Callers are at the left; an execution's promise hangs between it and its caller.

const GRAPH_MOST = 60;
const ACROSS = 290, DOWN = 86, BOX = 168, TALL = 42;

function svg(tag, attributes, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children);
  return element;
}

// Places every entity: a leaf takes a row, a caller stands beside the middle of its callees.
function placeGraph() {
  const spots = new Map();
  let next = 0, widest = 0;
  const visit = (entity, depth) => {
    widest = Math.max(widest, depth);
    const rows = entity.children.map((child) => visit(child, depth + 1));
    const row = rows.length ? (rows[0] + rows[rows.length - 1]) / 2 : next++;
    spots.set(entity, { x: 30 + depth * ACROSS + BOX / 2, y: 30 + row * DOWN + TALL / 2 });
    return row;
  };
  for (const entity of run.order) if (!entity.parent) visit(entity, 0);
  // A promise without a function is at its own place; of an execution, before and below it.
  for (const [entity, spot] of spots) {
    spot.promise = entity.what === "invocation" ? { x: spot.x - ACROSS / 2 + 4, y: spot.y + 30 } : spot;
  }
  return { spots, width: 60 + widest * ACROSS + BOX, height: 60 + Math.max(1, next) * DOWN };
}

function drawGraph(holder) {
  const { spots, width, height } = placeGraph();
  const edges = [], labels = [], nodes = [];
  const at = (id, what) => { const entity = run.entities.get(id); return entity ? spots.get(entity)[what] || spots.get(entity) : null; };
  const dim = (...ids) => (ids.some((id) => dimmed(run.entities.get(id) || null)) ? " dim" : "");
  const edge = (name, from, to, a, b, bend = 0, text = name) => {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + bend };
    const path = bend
      ? `M${a.x} ${a.y} Q${middle.x} ${middle.y + bend} ${b.x} ${b.y}`
      : `M${a.x} ${a.y} C${middle.x} ${a.y} ${middle.x} ${b.y} ${b.x} ${b.y}`;
    edges.push(svg("path", { class: `edge ${name}${dim(from, to)}`, d: path, "marker-end": `url(#tip-${name.split(" ")[0]})` }));
    if (text) labels.push(svg("text", { class: `label${dim(from, to)}`, x: middle.x, y: middle.y - 4, "text-anchor": "middle" }, text));
  };
  for (const [entity, spot] of spots) {
    const { id, parent, what } = entity;
    if (parent) {
      const from = { x: spots.get(parent).x + BOX / 2, y: spots.get(parent).y };
      edge("invoke", parent.id, id, from, { x: spot.x - (what === "promise" ? 66 : BOX / 2), y: spot.y }, 0, what === "promise" ? "make" : "invoke");
    }
    if (what === "invocation") {
      const failed = entity.end && !entity.end.ok;
      edge(failed ? "complete fails" : "complete", id, id, { x: spot.x - BOX / 2 + 8, y: spot.y + TALL / 2 }, { x: spot.promise.x + 29, y: spot.promise.y + 4 }, 0,
        entity.end ? (failed ? "fail" : "complete") : null);
    }
    for (const one of new Map(entity.awaits.map((one) => [one.promise, one])).values()) {
      const goal = at(one.promise, "promise");
      if (!goal) continue;
      const below = spots.get(run.entities.get(one.promise)), half = run.entities.get(one.promise).what === "promise" ? 66 : 30;
      if (below.x > spot.x) edge("await", id, one.promise, { x: spot.x + BOX / 2 - 10, y: spot.y + TALL / 2 }, { x: goal.x - half, y: goal.y });
      else edge("await", id, one.promise, { x: spot.x - BOX / 2, y: spot.y + 6 }, { x: goal.x + half - 4, y: goal.y }, Math.sign(goal.y - spot.y || 1) * 8);
    }
    for (const to of entity.links) {
      const goal = at(to, "promise");
      if (goal) edge("complete", id, to, { x: spot.promise.x, y: spot.promise.y + 12 }, { x: goal.x - 40, y: goal.y }, 0, "link");
    }
    nodes.push(...graphNodes(entity, spot));
  }
  const tip = (name, color) => svg("marker", { id: `tip-${name}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto-start-reverse" },
    svg("path", { d: "M0 0.5L7.5 4L0 7.5z", fill: color }));
  holder.replaceChildren(svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Entity diagram" },
    svg("defs", {}, tip("invoke", theme.muted), tip("await", theme.accent), tip("complete", theme.muted)), ...edges, ...labels, ...nodes));
}

function graphNodes(entity, spot) {
  const { id, what } = entity;
  const color = colorOf(entity);
  const look = `${shownEntity() === entity ? " shown" : ""}${dimmed(entity) ? " dim" : ""}`;
  const node = (label, ...inside) => svg("g", {
    class: `node${look}`, tabindex: 0, role: "button", "aria-label": label, "data-id": id,
    focus: () => hover(entity), blur: () => hover(null),
    mouseenter: () => hover(entity), mouseleave: () => hover(null), click: () => pick(entity, entity.first),
    keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(entity, entity.first); } },
  }, ...inside);
  const text = (x, y, words, name = "") => svg("text", { x, y, class: name, "text-anchor": "middle" }, isolated(words));
  const made = [];
  if (what !== "promise") {
    made.push(node(`execution ${titleText(entity)}`,
      svg("rect", { class: "shape", x: spot.x - BOX / 2, y: spot.y - TALL / 2, width: BOX, height: TALL, rx: 6, stroke: color }),
      text(spot.x, spot.y - 3, `#${id} ${brief(entity.site.function, 20)}`), text(spot.x, spot.y + 13, brief(headLine(entity), 26), "second")));
  }
  if (what === "root") return made;
  const { x, y } = spot.promise, half = what === "promise" ? 66 : 30;
  const end = entity.end ? (entity.end.ok ? brief(entity.end.value ?? "✓", what === "promise" ? 16 : 7) : "✕") : "…";
  made.push(node(`promise #${id}`,
    svg("rect", { class: "shape", x: x - half, y: y - 14, width: 2 * half, height: 28, rx: 14, stroke: entity.end && !entity.end.ok ? theme.fail : color, "stroke-dasharray": entity.end ? "none" : "4 3" }),
    text(x, y + 4, what === "promise" ? `#${id} ${brief(entity.site.function, 10)} ${end}` : end)));
  return made;
}
