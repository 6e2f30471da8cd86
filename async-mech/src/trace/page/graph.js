// The entity diagram of a small run, as in the article: executions, promises, and who invokes, awaits
// and completes what. Callers are at the left; an execution's promise hangs between it and its caller.

const GRAPH_MOST = 60;
// With words on its edges while it is small; then closer together, so that it is seen as a whole.
const ROOMY = { most: 9, box: 164, tall: 42, across: 330, down: 112, drop: 62, pill: 34, font: 12, words: true };
const CLOSE = { box: 92, tall: 32, across: 168, down: 56, drop: 18, pill: 23, font: 11, words: false };

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
function placeGraph(size) {
  const spots = new Map();
  let next = 0, widest = 0;
  const visit = (entity, depth) => {
    widest = Math.max(widest, depth);
    const rows = entity.children.map((child) => visit(child, depth + 1));
    // A line of single callees would lie on its caller's edges without a step down.
    const row = rows.length ? (rows[0] + rows[rows.length - 1]) / 2 : next++;
    spots.set(entity, { x: 24 + depth * size.across + size.box / 2, y: 24 + row * size.down + size.tall / 2 });
    return row;
  };
  for (const entity of run.order) if (!entity.parent) visit(entity, 0);
  // A promise without a function is at its own place; of an execution, before and below it.
  for (const [entity, spot] of spots) {
    const alone = entity.what === "promise";
    spot.half = alone ? size.box / 2 : size.pill;
    spot.promise = isInvoked(entity) ? { x: spot.x - size.across / 2, y: spot.y + size.drop } : spot;
  }
  return { spots, width: 48 + widest * size.across + size.box, height: 48 + (Math.max(1, next) - 1) * size.down + size.tall + size.drop };
}

function drawGraph(holder) {
  // As large as it is, but rather smaller than not in view.
  const fitting = ({ width, height }) => Math.min(1, (holder.clientWidth - 20) / width, (holder.clientHeight - 20) / height);
  let size = ROOMY, placed = placeGraph(size);
  if (run.order.length > size.most || fitting(placed) < 0.85) placed = placeGraph(size = CLOSE);
  const { spots, width, height } = placed, fit = Math.max(0.7, fitting(placed));
  const edges = [], labels = [], nodes = [];
  const faint = (...ids) => (ids.some((id) => dimmed(run.entities.get(id) || null)) ? " dim" : "");
  // From `a` to `b`, leaving and arriving level; or bent downwards, where that would cross the boxes.
  const edge = (name, ids, a, b, words, bend = 0) => {
    const middle = { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2 + bend / 2 };
    // Steep invocations pass behind promises half-way: their words stand near the callee.
    const t = name === "invoke" && Math.abs(a.y - b.y) > 20 ? 0.86 : 0.5, s = 1 - t;
    const beside = bend || t === 0.5 ? middle : { x: s ** 3 * a.x + 3 * s * t * middle.x + t ** 3 * b.x, y: (s ** 3 + 3 * s * s * t) * a.y + (t ** 3 + 3 * s * t * t) * b.y };
    const d = bend
      ? `M${a.x} ${a.y} C${a.x} ${a.y + bend} ${b.x} ${b.y + bend} ${b.x} ${b.y}`
      : `M${a.x} ${a.y} C${middle.x} ${a.y} ${middle.x} ${b.y} ${b.x} ${b.y}`;
    edges.push(svg("path", { class: `edge ${name}${faint(...ids)}`, d, "marker-end": `url(#tip-${name.split(" ").pop()})` }));
    if (words && size.words) labels.push(svg("text", { class: `label${faint(...ids)}`, x: beside.x, y: beside.y + (bend ? bend / 4 : 3), "text-anchor": "middle" }, words));
  };
  const { box, tall } = size;
  for (const [entity, spot] of spots) {
    const { id, parent, what } = entity;
    if (parent) {
      const from = spots.get(parent);
      edge("invoke", [parent.id, id], { x: from.x + box / 2, y: from.y - (size.words ? 6 : 0) }, { x: spot.x - box / 2, y: spot.y - (size.words ? 6 : 0) }, what === "promise" ? "create" : "invoke");
    }
    if (isInvoked(entity) && entity.end) {
      edge(entity.end.ok ? "complete" : "complete fails", [id], { x: spot.x - box / 2 + 12, y: spot.y + tall / 2 }, { x: spot.promise.x + spot.half, y: spot.promise.y }, entity.end.ok ? "complete" : "fail");
    }
    for (const promise of new Set(entity.awaits.map((one) => one.promise))) {
      const goal = run.entities.get(promise) && spots.get(run.entities.get(promise));
      if (!goal) continue;
      const ends = entity.awaits.findLast((one) => one.promise === promise);
      const name = /deadlock|cancelled/.test(ends.with || "") ? "await fails" : "await";
      if (goal.promise.x > spot.x) edge(name, [id, promise], { x: spot.x + box / 2 - 12, y: spot.y + tall / 2 }, { x: goal.promise.x - goal.half, y: goal.promise.y }, "await");
      else edge(name, [id, promise], { x: spot.x, y: spot.y + tall / 2 }, { x: goal.promise.x, y: goal.promise.y + 14 }, "await", 46);
    }
    for (const to of entity.links) {
      const goal = run.entities.get(to) && spots.get(run.entities.get(to));
      if (goal) edge("complete", [id, to], { x: spot.promise.x - spot.half, y: spot.promise.y }, { x: goal.x - goal.half, y: goal.y + 6 }, "link");
    }
    nodes.push(...graphNodes(entity, spot, size));
  }
  const tip = (name, color) => svg("marker", { id: `tip-${name}`, viewBox: "0 0 8 8", refX: 7, refY: 4, markerWidth: 7, markerHeight: 7, orient: "auto" },
    svg("path", { d: "M0 0.5L7.5 4L0 7.5z", fill: color }));
  holder.replaceChildren(svg("svg", { width: width * fit, height: height * fit, viewBox: `0 0 ${width} ${height}`, role: "group", "aria-label": "Entity diagram" },
    svg("defs", {}, tip("invoke", theme.muted), tip("await", theme.accent), tip("complete", theme.muted), tip("fails", theme.fail)), ...edges, ...labels, ...nodes));
}

function graphNodes(entity, spot, size) {
  const { id, what, end } = entity;
  const color = colorOf(entity), { box, tall } = size;
  const node = (label, ...inside) => svg("g", {
    class: `node${dimmed(entity) ? " dim" : ""}`, tabindex: 0, role: "button", "aria-label": label, "data-id": id,
    focus: () => hover(entity), blur: () => hover(null),
    mouseenter: () => hover(entity), mouseleave: () => hover(null), click: () => pick(entity, entity.first),
    keydown: (event) => { if (event.key === "Enter" || event.key === " ") { event.preventDefault(); pick(entity, entity.first); } },
  }, ...inside);
  const letters = (width) => Math.floor(width / (size.font * 0.56));
  const text = (x, y, words, name = "") => svg("text", { x, y, class: name, "text-anchor": "middle", "font-size": size.font }, isolated(words));
  const made = [];
  if (what !== "promise") {
    made.push(node(`execution ${titleText(entity)}${entity.durable === null ? "" : `, ${engineText(entity)}`}`,
      svg("rect", { class: "shape", x: spot.x - box / 2, y: spot.y - tall / 2, width: box, height: tall, rx: 6, stroke: color }),
      ...(isRemote(entity) ? [svg("rect", { class: "inner", x: spot.x - box / 2 + 3, y: spot.y - tall / 2 + 3, width: box - 6, height: tall - 6, rx: 3, stroke: color })] : []),
      text(spot.x, spot.y - 3, brief(`#${id} ${entity.site.function}`, letters(box)), "first"), text(spot.x, spot.y + tall / 2 - 7, brief(headLine(entity, Math.floor(box / 6)), isRemote(entity) ? 99 : letters(box)), "second")));
  }
  if (what === "root") return made;
  const { x, y } = spot.promise, half = spot.half;
  const value = end ? (end.ok ? brief(end.value ?? "✓", letters(2 * half) - 2) : "✕") : "…";
  const words = what === "promise" ? brief(`#${id} ${entity.site.function} ${value}`, letters(2 * half)) : value;
  made.push(node(`promise #${id}: ${end ? value : "pending"}`,
    svg("rect", { class: "shape", x: x - half, y: y - 13, width: 2 * half, height: 26, rx: 13, stroke: end && !end.ok ? theme.fail : color, "stroke-dasharray": end ? "none" : "4 3" }),
    text(x, y + 4, words, end && !end.ok ? "failing" : "")));
  return made;
}
