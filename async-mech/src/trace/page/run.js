// The run, put together from its records: executions, promises, awaits, threads. The counterpart of
// trace/run.rs, but fed as records come: a file's all at once, a live run's in pieces.

// Where things stand in an event's record; see trace/json.rs.
const NUMBER = 0, TIME = 1, WHO = 2, CALLER = 3, THREAD = 4, SITE = 5, KIND = 6, REST = 7;

// What a live page holds at most. A file is bounded where it is written.
const MOST_EVENTS = 400000;

function newRun() {
  return {
    sites: [], threads: [], events: [],
    entities: new Map(), order: [], functions: new Map(), open: new Map(),
    from: 0, to: 0, failed: 0, awaits: 0,
    // By the id that a durable engine knows them by.
    durable: new Map(), remotes: 0,
    // What the page was not given: see `omitted` in trace/json.rs.
    omitted: null, totals: [], below: new Map(), lost: 0, cut: 0, full: false,
  };
}

let run = newRun();

function addRecords(records) {
  for (const record of records) {
    switch (record[0]) {
      case "site": run.sites[record[1]] = siteOf(record); break;
      case "thread": run.threads[record[1]] = { name: record[2], runs: [], depth: 0 }; break;
      case "omitted": run.omitted = { entities: record[1], events: record[2], total: record[3] }; break;
      case "function": run.totals.push(record.slice(1)); break;
      case "below": run.below.set(record[1], record[2]); break;
      case "lost": run.lost += record[1]; break;
      case "cut": run.cut += record[1]; break;
      default:
        if (run.events.length < MOST_EVENTS) takeEvent(record);
        else run.full = true;
    }
  }
}

function siteOf([, , name, call, definition]) {
  const site = { name, call, definition, function: definition ? definition[0] : tidy(name) };
  // Roots are grey; every other function has the next colour.
  let color = call ? run.functions.get(site.function) : 0;
  if (color === undefined) run.functions.set(site.function, color = run.functions.size);
  return Object.assign(site, { color });
}

// A closure whose call does not spell it is called after its type: `a::b::work::{{closure}}`.
function tidy(name) {
  const closure = /([^:<>\s]+)(?:::\{\{closure\}\})+$/.exec(name);
  return closure ? `closure in ${closure[1]}` : name;
}

// The entity that an event happened to. Its beginning may be missing: what is spoken of is there.
function entityOf(event, index) {
  const id = event[WHO];
  const site = run.sites[event[SITE]];
  let entity = run.entities.get(id);
  if (!entity) {
    const caller = run.entities.get(event[CALLER]) || null;
    entity = {
      id, caller: event[CALLER], parent: caller, site, children: [],
      depth: caller ? caller.depth + 1 : 0,
      what: site.call ? "invocation" : "root",
      invoked: null, starts: [], args: null, durable: null, cancelled: false, end: null, freed: null,
      awaits: [], awaitedBy: [], links: [], settledBy: 0,
      first: index, last: index, place: run.order.length,
      // [event, phase]: queued, remote, running, waiting, done, gone; the sequence diagram's bars.
      phases: [], text: null,
    };
    if (caller) caller.children.push(entity);
    run.entities.set(id, entity);
    run.order.push(entity);
    if (!site.call) begin(entity, event, index, 0);
  }
  // A definition is known once it has been entered.
  if (site.definition) entity.site = site;
  entity.last = index;
  return entity;
}

// It runs from now on, on the thread of the event.
function begin(entity, event, index, lentBy) {
  const at = event[TIME], thread = event[THREAD];
  const lender = lentBy && run.entities.get(lentBy);
  const under = lender && lender.starts.length ? lender.starts[lender.starts.length - 1] : null;
  const start = { at, thread, lentBy, to: null, depth: under ? under.depth + 1 : 0, entity };
  const before = entity.starts[entity.starts.length - 1];
  if (before) before.to = at;
  entity.starts.push(start);
  const lane = run.threads[thread];
  lane.runs.push(start);
  lane.depth = Math.max(lane.depth, start.depth);
  entity.phases.push([index, "running"]);
}

function takeEvent(event) {
  const index = run.events.length;
  const at = event[TIME];
  if (index === 0) run.from = at;
  run.to = Math.max(run.to, at);
  run.events.push(event);
  if (event[KIND] === "lost") { run.lost += event[REST]; return; }
  const entity = entityOf(event, index);
  entity.text = null;
  const mine = run.open.get(entity.id);
  const last = (promise) => mine && mine.findLast((one) => one.promise === promise);
  switch (event[KIND]) {
    case "root": entity.what = "root"; break;
    case "invoke":
      entity.what = "invocation"; entity.invoked = at; entity.phases.push([index, "queued"]); break;
    case "create":
      entity.what = "promise"; entity.invoked = at; entity.phases.push([index, "queued"]); break;
    case "start": begin(entity, event, index, event[REST]); break;
    case "enter": entity.args = event[REST]; break;
    case "complete": finish(entity, index, { at, ok: true, value: event[REST] }); break;
    case "fail":
      run.failed += 1;
      finish(entity, index, { at, ok: false, kind: event[REST], value: event[REST + 1] }); break;
    case "durable": durable(entity, index, event[REST + 1], event[REST] === 1); break;
    case "cancel": entity.cancelled = true; break;
    case "await": {
      const one = { awaiter: entity.id, promise: event[REST], place: event[REST + 1], from: at,
        suspended: [], to: null, with: null };
      if (mine) mine.push(one); else run.open.set(entity.id, [one]);
      entity.awaits.push(one);
      const awaited = run.entities.get(one.promise);
      if (awaited) awaited.awaitedBy.push(one);
      entity.phases.push([index, "waiting"]);
      run.awaits += 1;
      break;
    }
    case "suspend": { const one = last(event[REST]); if (one) one.suspended.push([at, null]); break; }
    case "resume": {
      const one = last(event[REST]);
      if (one && one.suspended.length) one.suspended[one.suspended.length - 1][1] = at;
      break;
    }
    case "return": {
      const one = last(event[REST]);
      if (!one) break;
      one.to = at;
      one.with = event[REST + 1];
      mine.splice(mine.indexOf(one), 1);
      if (!mine.length) run.open.delete(entity.id);
      if (!entity.end) entity.phases.push([index, mine.length ? "waiting" : "running"]);
      break;
    }
    case "link": entity.links.push(event[REST]); break;
    case "settle": entity.settledBy = event[REST]; break;
    case "free": entity.freed = at; entity.phases.push([index, "gone"]); break;
  }
}

// An engine knows it as `id`. It runs here, or is a promise of what the engine runs.
function durable(entity, index, id, here) {
  entity.durable = id;
  if (run.durable.has(id)) run.durable.get(id).push(entity); else run.durable.set(id, [entity]);
  if (here) return;
  entity.what = "remote";
  entity.phases.push([index, "remote"]);
  run.remotes += 1;
}

function finish(entity, index, end) {
  entity.end = end;
  const start = entity.starts[entity.starts.length - 1];
  if (start) start.to = end.at;
  entity.phases.push([index, "done"]);
}

// The times of an entity, in microseconds. What has not ended is measured until the last event.
function timesOf(entity) {
  const end = entity.end ? entity.end.at : run.to;
  const started = entity.starts.length ? entity.starts[0].at : null;
  const remote = isRemote(entity) ? end - (entity.invoked ?? run.events[entity.first][TIME]) : null;
  const queued = entity.invoked === null || entity.what !== "invocation" ? null : (started ?? end) - entity.invoked;
  const whole = started === null ? 0 : end - started;
  let waited = 0;
  for (const one of entity.awaits) waited += (one.to ?? run.to) - one.from;
  return { queued, remote, whole, waited: Math.min(waited, whole), ran: Math.max(0, whole - waited) };
}

// Where things are in a word: queued, running, waiting, completed, failed; or in three.
function progressOf(entity) {
  if (entity.end) return entity.end.ok ? "completed" : "failed";
  if (run.open.has(entity.id)) return "waiting";
  if (entity.what === "promise") return "pending";
  if (isRemote(entity)) return "on the engine";
  return entity.starts.length ? "running" : "queued";
}

// How often each function was called, how often it failed, how long its calls took together and at
// most, from start to end: [name, count, failed, total, longest]. A file too large for the page has
// these figures for the whole run. What an engine runs has a row of its own: from question to answer.
function functionsOf() {
  if (run.totals.length) return run.totals;
  const rows = new Map();
  for (const entity of run.order) {
    if (!isInvoked(entity)) continue;
    const name = isRemote(entity) ? `${entity.site.function} on the engine` : entity.site.function;
    let row = rows.get(name);
    if (!row) rows.set(name, row = [name, 0, 0, 0, 0]);
    const times = timesOf(entity), whole = times.remote ?? times.whole;
    row[1] += 1;
    row[2] += entity.end && !entity.end.ok ? 1 : 0;
    row[3] += whole;
    row[4] = Math.max(row[4], whole);
  }
  return [...rows.values()];
}
