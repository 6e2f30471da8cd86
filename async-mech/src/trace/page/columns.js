// Columns of the sequence diagram. The first executions have one each, as in the article; later ones
// take over a column whose execution is gone, so that a long run stays as wide as what was alive at once.

const OWN_COLUMNS = 8;
const layout = { of: null, n: 0, columns: [], free: [], column: new Map(), all: [], main: [], short: [] };

// Events that a short telling leaves out: they are in the bars, or follow from others.
const MINOR = new Set(["root", "enter", "suspend", "resume", "free"]);

// Lays out the events that have come since.
function layOut() {
  if (layout.of !== run) Object.assign(layout, { of: run, n: 0, columns: [], free: [], column: new Map(), all: [], main: [], short: [] });
  for (; layout.n < run.events.length; layout.n += 1) {
    const event = run.events[layout.n], kind = event[KIND];
    layout.all.push(layout.n);
    if (kind !== "lost") place(event, layout.n);
    if (MINOR.has(kind)) continue;
    layout.main.push(layout.n);
    // Without the event loop, an invocation says it all.
    if (kind !== "promise" && !(kind === "durable" && event[REST] === 0)) layout.short.push(layout.n);
  }
}

function place(event, index) {
  const id = event[WHO];
  let span = layout.column.get(id);
  if (!span) {
    const column = layout.free.length ? layout.free.shift() : layout.columns.push([]) - 1;
    span = { column, from: index, to: null, entity: run.entities.get(id), awaiters: 0, gone: false };
    layout.columns[column].push(span);
    layout.column.set(id, span);
  }
  // The promise's column stays until its last await has returned: the arrow begins there.
  const awaited = event[KIND] === "await" || event[KIND] === "return" ? layout.column.get(event[REST]) : null;
  if (awaited) {
    awaited.awaiters += event[KIND] === "await" ? 1 : -1;
    if (awaited.gone) release(awaited, index);
  }
  if (event[KIND] === "free") {
    span.gone = true;
    release(span, index);
  }
}

function release(span, index) {
  if (span.awaiters > 0 || span.to !== null) return;
  span.to = index;
  if (span.column < OWN_COLUMNS) return;
  const at = lowerBound(layout.free, (column) => column >= span.column);
  layout.free.splice(at, 0, span.column);
}

// The first index at which `test` holds, which from then on it does.
function lowerBound(list, test) {
  let low = 0, high = list.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (test(list[middle])) high = middle; else low = middle + 1;
  }
  return low;
}

const columnOf = (id) => layout.column.get(id)?.column ?? null;

// Who has that column at an event: a span, or the next one that will.
function spanAt(column, index) {
  const spans = layout.columns[column];
  if (!spans) return null;
  return spans[lowerBound(spans, (span) => span.to === null || span.to >= index)] || null;
}
