// What is looked at: the entity and the event that are picked, what the pointer is on, and what the
// search found. All views share it.

const looked = { entity: null, event: -1, hoverEntity: null, hoverEvent: -1, query: "", found: null };

// What the details are about: what the pointer is on, else what is picked.
const shownEntity = () => looked.hoverEntity || looked.entity;
const shownEvent = () => (looked.hoverEntity || looked.hoverEvent >= 0 ? looked.hoverEvent : looked.event);

function pick(entity, event = -1) {
  looked.entity = entity;
  looked.event = event;
  looked.hoverEntity = null;
  looked.hoverEvent = -1;
  redraw();
}

function hover(entity, event = -1) {
  if (looked.hoverEntity === entity && looked.hoverEvent === event) return;
  looked.hoverEntity = entity;
  looked.hoverEvent = event;
  redraw();
}

// What is searched in: id, function, arguments, value or failure.
function textOf(entity) {
  if (entity.text === null) {
    const { site, args, end } = entity;
    const parts = [`#${entity.id}`, site.name, site.function];
    for (const [name, value] of args || []) parts.push(`${name} = ${value}`);
    if (entity.durable !== null) parts.push(entity.durable);
    if (isRemote(entity)) parts.push(`${site.function} on the engine`);
    if (end && end.value) parts.push(end.value);
    if (end && !end.ok) parts.push(end.kind);
    entity.text = parts.join("\n").toLowerCase();
  }
  return entity.text;
}

function matches(entity) {
  if (!looked.query) return true;
  if (/^#\d+$/.test(looked.query)) return looked.query === `#${entity.id}`;
  return textOf(entity).includes(looked.query);
}

// Dimmed by the search: views draw it, but faintly.
const dimmed = (entity) => looked.found !== null && entity !== null && !looked.found.has(entity);

function search(query) {
  looked.query = query.trim().toLowerCase();
  looked.found = looked.query ? new Set(run.order.filter(matches)) : null;
  redraw();
}

// Goes to the next match after the picked one, or to the one before it.
function nextMatch(step) {
  const found = looked.found ? [...looked.found] : [];
  if (!found.length) return;
  const at = looked.entity ? looked.entity.place : step > 0 ? -1 : run.order.length;
  const later = step > 0
    ? found.find((entity) => entity.place > at) || found[0]
    : found.findLast((entity) => entity.place < at) || found[found.length - 1];
  goTo(later);
}

// Picks an entity, or one of its events, and shows it in the current view.
function goTo(entity, event = entity.first) {
  pick(entity, event);
  currentView().reveal(entity);
}
