// The article's %State{promises, awaiters} after so many events: the counterpart of trace/replay.rs,
// rule by rule.

// States at every so many events, so that a step back does not begin at the beginning.
const MARK = 8192;
const replay = { n: 0, state: null, marks: [], of: null };

// `inputs`: what each promise depends on that a link is to complete.
const newState = () => ({ promises: new Map(), awaiters: new Map(), inputs: new Map() });
const copyState = ({ promises, awaiters, inputs }) => ({
  promises: new Map(promises),
  awaiters: new Map([...awaiters].map(([id, list]) => [id, list.slice()])),
  inputs: new Map([...inputs].map(([id, list]) => [id, list.slice()])),
});

// The state itself, not a copy: it is good until the next call.
function stateAt(n) {
  n = Math.max(0, Math.min(n, run.events.length));
  if (replay.of !== run) Object.assign(replay, { n: 0, state: newState(), marks: [], of: run });
  if (n < replay.n) {
    const mark = Math.floor(n / MARK);
    replay.state = mark ? copyState(replay.marks[mark]) : newState();
    replay.n = mark * MARK;
  }
  while (replay.n < n) {
    applyEvent(replay.state, run.events[replay.n]);
    replay.n += 1;
    const mark = replay.n / MARK;
    if (replay.n % MARK === 0 && !replay.marks[mark]) replay.marks[mark] = copyState(replay.state);
  }
  return replay.state;
}

function applyEvent(state, event) {
  const id = event[WHO], { promises, awaiters, inputs } = state;
  const begins = (progress) => { promises.set(id, progress); awaiters.set(id, []); };
  const ends = (progress) => {
    if (promises.has(id)) promises.set(id, progress);
    // They are resumed, as soon as their threads look.
    if (awaiters.has(id)) awaiters.set(id, []);
    // It waits for nobody any more.
    for (const input of inputs.get(id) || []) leaves(id, input);
    inputs.delete(id);
  };
  const leaves = (awaiter, promise) => {
    const list = awaiters.get(promise);
    if (list) awaiters.set(promise, list.filter((other) => other !== awaiter));
  };
  const isPending = (promise) => /queued|pending/.test(promises.get(promise) || "");
  const waits = (awaiter, promise) => {
    const list = isPending(promise) ? awaiters.get(promise) : null;
    if (list && !list.includes(awaiter)) list.push(awaiter);
  };
  switch (event[KIND]) {
    case "invoke": begins("queued"); break;
    case "create": begins("pending"); break;
    case "start":
      if (promises.get(id) === "queued") promises.set(id, "pending");
      if (event[REST]) waits(event[REST], id);
      break;
    case "complete": ends("completed"); break;
    case "fail": ends("failed"); break;
    case "suspend": waits(id, event[REST]); break;
    case "resume": leaves(id, event[REST]); break;
    case "link":
      // It may have been completed by another input meanwhile.
      if (!isPending(event[REST])) break;
      if (inputs.has(event[REST])) inputs.get(event[REST]).push(id);
      else inputs.set(event[REST], [id]);
      waits(event[REST], id);
      break;
    case "free": promises.delete(id); awaiters.delete(id); break;
  }
}

const byId = (map) => [...map].sort(([a], [b]) => a - b);

// As the article prints it, with what is known of values; of many promises, the first.
function articleText(state, most) {
  const progress = (id, how) => {
    const end = run.entities.get(id)?.end;
    if (how === "completed") return end && end.value ? `{:completed, ${brief(end.value, 60)}}` : ":completed";
    return how === "failed" ? `{:failed, ${JSON.stringify(brief(end ? end.value : "", 60))}}` : ":pending";
  };
  const list = (map, show) => {
    const rows = byId(map);
    const lines = rows.slice(0, most).map(([id, it]) => `\n    #${id} => ${show(id, it)}`);
    if (rows.length > most) lines.push(`\n    … ${count(rows.length - most)} more`);
    return lines.length ? `%{${lines.join(",")}\n  }` : "%{}";
  };
  const promises = list(state.promises, progress);
  const awaiters = list(state.awaiters, (_, ids) => `[${ids.map((id) => `#${id}`).join(", ")}]`);
  return `%State{\n  promises: ${promises},\n  awaiters: ${awaiters}\n}`;
}
