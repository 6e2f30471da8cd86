// Words: numbers, times, names and events as people read them, and the few ways to make elements.
// Data gets into the document as text only, never as markup.

const count = (n) => n.toLocaleString("en-US");
const plural = (n, one, many = `${one}s`) => `${count(n)} ${n === 1 ? one : many}`;

function time(us) {
  const digits = (x) => (x >= 100 ? x.toFixed(0) : x >= 10 ? x.toFixed(1) : x.toFixed(2));
  if (us < 1) return us === 0 ? "0" : `${Math.round(us * 1000)} ns`;
  if (us < 1000) return `${digits(us)} µs`;
  if (us < 1e6) return `${digits(us / 1000)} ms`;
  return us < 6e7 ? `${digits(us / 1e6)} s` : `${Math.floor(us / 6e7)} min ${Math.round((us % 6e7) / 1e6)} s`;
}

// One line of at most so many characters.
function brief(text, most) {
  const head = text.length > most ? `${text.slice(0, most)}…` : text;
  return head.replace(/\r\n|[\n\r\u2028\u2029]/g, "⏎").replace(/[\0-\x1f\x7f]/g, "·");
}

// Keeps the direction of a text to itself, in canvases; elements have <bdi>.
const isolated = (text) => `\u2068${text}\u2069`;

const fileName = (path) => path.slice(path.lastIndexOf("/") + 1);
const placeText = (place) => `${place[0]}:${place[1]}`;

// `fib(n = 2)`; a closure or a block has no name, but a line.
function callText(entity, most = 60) {
  const { site, args } = entity;
  let text = brief(site.function, most);
  if (args && args.length) text += `(${brief(args.map(([name, value]) => `${name} = ${brief(value, most)}`).join(", "), most)})`;
  else if (site.call && !site.definition && /^(closure|block)$/.test(site.name)) text += ` ${fileName(site.call[0])}:${site.call[1]}`;
  return text;
}
const titleText = (entity, most) => `#${entity.id} ${callText(entity, most)}`;

// `fib`, of an id that may not be in the page.
function named(id) {
  const entity = run.entities.get(id);
  return entity ? `#${id} ${brief(entity.site.function, 40)}` : `#${id}`;
}

const threadText = (index) => {
  const thread = run.threads[index];
  return thread ? `thread ${index + 1} ${isolated(brief(thread.name, 40))}` : `thread ${index + 1}`;
};

// What happened, in a sentence.
function eventText(event) {
  if (!event) return "Nothing has happened yet.";
  const who = named(event[WHO]), value = event[REST], entity = run.entities.get(event[WHO]);
  switch (event[KIND]) {
    case "root": return `${who} is a root execution: nobody invoked it.`;
    case "invoke": return event[CALLER] ? `${named(event[CALLER])} invokes ${who}: it is queued.` : `${who} is invoked and queued.`;
    case "promise": return `${event[CALLER] ? named(event[CALLER]) : "The caller"} is given the promise of ${who}.`;
    case "create":
      if (entity && isRemote(entity)) return `${event[CALLER] ? `${named(event[CALLER])} invokes ${who}` : `${who} is invoked`}: it is to run on the engine.`;
      return `A promise without a function is made: ${who}.`;
    case "start": return value ? `${who} starts on the thread that ${named(value)} lends it.` : `${who} starts on ${threadText(event[THREAD])}.`;
    case "enter": return `${who} enters its function${value.length ? ` with ${value.map(([name, text]) => `${name} = ${brief(text, 60)}`).join(", ")}` : ""}.`;
    case "complete": return value === null ? `${who} completes.` : `${who} completes with ${brief(value, 120)}.`;
    case "fail": return `${who} fails: ${value.toLowerCase()}. ${brief(event[REST + 1].split("\n", 1)[0], 100)}`;
    case "durable": return value ? `${who} is durable: the engine knows it as ${briefId(event[REST + 1], 80)}.`
      : `The engine is to run ${who}, in a process of its choice, as ${briefId(event[REST + 1], 80)}.`;
    case "cancel": return `${who} is cancelled; it has not ended yet.`;
    case "await": return `${who} awaits ${named(value)} at ${placeText(event[REST + 1])}.`;
    case "suspend": return `${who} is suspended until ${named(value)} is completed.`;
    case "resume": return `${who} is resumed.`;
    case "return": return `${who}'s await of ${named(value)} returns: ${returnedText(event)}.`;
    case "link": return `The promise ${named(value)} now depends on ${who}.`;
    case "settle": return value ? `${who} is decided by ${named(value)}.` : `${who} is decided.`;
    case "free": return `No promise represents ${who} any more.`;
    case "lost": return `${plural(value, "event")} were lost here: the observer was too slow.`;
    default: return `${who}: ${event[KIND]}`;
  }
}

// What an await returned with.
function returnedText(event) {
  if (event[REST + 1] === "timed out" && run.entities.get(event[REST])?.site.name === "sleep") return "time is up";
  if (event[REST + 1] !== "outcome") return event[REST + 1];
  const end = run.entities.get(event[REST])?.end;
  if (!end) return "its outcome";
  return end.ok ? (end.value === null ? "the value" : brief(end.value, 60)) : `✕ ${end.kind.toLowerCase()}`;
}

const $ = (id) => document.getElementById(id);

// Makes an element. Attributes that are functions are listeners; children that are not elements are text.
function el(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(name, value);
    else if (value !== null && value !== false) element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.filter((child) => child !== null));
  return element;
}
const bdi = (text) => el("bdi", {}, text);
