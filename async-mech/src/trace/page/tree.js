// The entities of any run: the diagram if there are few, else a tree of who invoked whom, whose
// branches open and close.

const entities = { shown: null, shownKey: "", tree: null, list: null, holder: null, graph: null, open: new Map(), of: null, drawn: "", changes: 0 };
function setOpen(entity, open) { entities.open.set(entity, open); entities.changes += 1; }
const asGraph = () => (entities.graph ?? true) && run.order.length <= GRAPH_MOST;

const entitiesView = {
  name: "entities",
  make(panel) {
    entities.holder = el("div", { class: "scroller graph" });
    entities.tree = el("div", { class: "scroller", tabindex: "0", role: "tree", "aria-label": "Executions by caller", keydown: treeKey, mouseleave: () => hover(null) });
    panel.append(entities.holder, entities.tree);
    entities.list = windowed(entities.tree, 28, treeRow);
  },
  tools() {
    if (run.order.length > GRAPH_MOST) return [
      el("button", { class: "link", type: "button", click: () => openAll(true) }, "open all"),
      el("button", { class: "link", type: "button", click: () => openAll(false) }, "close all"),
    ];
    return [el("label", {}, el("input", { type: "checkbox", checked: !asGraph(), change: (event) => { entities.graph = !event.target.checked; entities.drawn = ""; redraw(); } }), "as a tree")];
  },
  draw() {
    const graph = asGraph();
    entities.holder.hidden = !graph;
    entities.tree.hidden = graph;
    if (!graph) {
      entities.list.rows = treeRows();
      entities.list.draw();
      return;
    }
    const key = `${run.events.length} ${looked.query} ${theme.dark} ${entities.holder.clientWidth} ${entities.holder.clientHeight}`;
    if (key !== entities.drawn) {
      const focused = document.activeElement?.dataset?.id;
      drawGraph(entities.holder);
      // The roots are half-way down.
      if (entities.of !== run) entities.holder.scrollTop = (entities.holder.scrollHeight - entities.holder.clientHeight) / 2;
      entities.of = run;
      if (focused) entities.holder.querySelector(`[data-id="${Number(focused)}"]`)?.focus();
    }
    entities.drawn = key;
    const shown = shownEntity();
    for (const node of entities.holder.querySelectorAll(".node")) {
      node.classList.toggle("shown", !!shown && node.dataset.id === String(shown.id));
    }
  },
  reveal(entity) {
    if (asGraph()) {
      entitiesView.draw();
      entities.holder.querySelector(`[data-id="${entity.id}"]`)?.scrollIntoView({ block: "nearest", inline: "nearest" });
      return;
    }
    for (let up = entity.parent; up; up = up.parent) setOpen(up, true);
    const rows = treeRows();
    entities.list.rows = rows;
    entities.list.draw();
    entities.list.reveal(rows.indexOf(entity));
  },
};

// The first levels are open, unless they are long.
const isOpen = (entity) => entities.open.get(entity) ?? (entity.depth === 0 || (entity.depth === 1 && entity.children.length <= 30) || entity.children.length === 1 && entity.depth < 30);

function openAll(open) {
  for (const entity of run.order) if (entity.children.length) setOpen(entity, open);
  redraw();
}

// What is to be seen of the tree, from top to bottom. Not by recursion: chains are deep.
function treeRows() {
  const key = `${run.order.length} ${entities.changes}`;
  if (entities.shown && entities.shownKey === key && entities.shownOf === run) return entities.shown;
  Object.assign(entities, { shown: findRows(), shownKey: key, shownOf: run });
  return entities.shown;
}
function findRows() {
  const rows = [], todo = run.order.filter((entity) => !entity.parent).reverse();
  while (todo.length) {
    const entity = todo.pop();
    rows.push(entity);
    if (isOpen(entity)) for (let n = entity.children.length - 1; n >= 0; n--) todo.push(entity.children[n]);
  }
  return rows;
}

// How many there are below, those included that the page was not given.
function below(entity) {
  let all = 0;
  const todo = [entity];
  while (todo.length) {
    const one = todo.pop();
    all += one.children.length + (run.below.get(one.id) || 0);
    todo.push(...one.children);
  }
  return all;
}

function treeRow(entity) {
  const open = isOpen(entity), some = entity.children.length > 0;
  const left = run.below.get(entity.id) || 0;
  const { whole, waited, remote } = timesOf(entity);
  const end = entity.end && (entity.end.ok ? entity.end.value : `✕ ${entity.end.kind}: ${entity.end.value}`);
  const hidden = some && !open ? below(entity) : left;
  return el("div", {
    class: `row${shownEntity() === entity ? " shown" : ""}${dimmed(entity) ? " dim" : ""}`,
    style: `padding-inline-start:${12 + Math.min(entity.depth, 24) * 16}px`,
    role: "treeitem", "aria-level": entity.depth + 1, "aria-expanded": some ? String(open) : null,
    "aria-selected": String(looked.entity === entity), "data-id": entity.id,
    mousemove: () => hover(entity),
    click: (event) => {
      if (some && event.target.classList.contains("twist")) setOpen(entity, !open);
      pick(entity, entity.first);
    },
  },
  el("span", { class: "twist" }, some ? (open ? "▾" : "▸") : ""),
  dotOf(entity),
  el("span", { class: "grow" }, bdi(titleText(entity, 90)), entity.what === "promise" ? el("span", { class: "quiet" }, "  promise") : null,
    entity.durable === null ? null : el("span", { class: "quiet" }, "  ", bdi(engineText(entity))),
    end ? el("span", { class: entity.end.ok ? "quiet" : "failed-text" }, "  → ", bdi(brief(end, 90))) : null),
  hidden ? el("span", { class: "chip", title: left ? "not all of them are in this page" : null }, `+${count(hidden)} below`) : null,
  entity.starts.length ? el("span", { class: "figure wide" }, waited ? `waited ${time(waited)}` : "") : null,
  el("span", { class: "figure" }, entity.starts.length ? time(whole) : remote !== null && entity.end ? time(remote) : progressOf(entity)));
}

function treeKey(key) {
  const rows = treeRows(), at = rows.indexOf(looked.entity), entity = rows[at];
  const page = Math.floor(entities.tree.clientHeight / 28) - 1;
  let to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: rows.length - 1, PageDown: at + page, PageUp: at - page }[key.key];
  if (entity && (key.key === "ArrowRight" || key.key === "ArrowLeft" || key.key === "Enter" || key.key === " ")) {
    key.preventDefault();
    const open = isOpen(entity), some = entity.children.length > 0;
    if (key.key === "ArrowRight" && some && open) to = at + 1;
    else if (key.key === "ArrowLeft" && !(some && open)) to = entity.parent ? rows.indexOf(entity.parent) : at;
    else if (some) { setOpen(entity, key.key === "ArrowRight" || (key.key !== "ArrowLeft" && !open)); redraw(); return; }
  }
  if (to === undefined || !rows.length) return;
  key.preventDefault();
  const next = rows[Math.max(0, Math.min(rows.length - 1, to))];
  pick(next, next.first);
  entities.list.reveal(rows.indexOf(next));
}
