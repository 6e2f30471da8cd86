// Executions that a durable engine runs, in a process of its choice: all that is known of them here is
// when it was asked, and when its answer was heard of. What tells them from those that run here are a
// double outline, dots in place of a colour, and the words.

const isRemote = (entity) => entity.what === "remote";
// It has a function, and a promise.
const isInvoked = (entity) => entity.what === "invocation" || isRemote(entity);

// An id of at most so many characters: what tells it from others is at both its ends.
function briefId(id, most) {
  if (id.length <= most) return brief(id, most);
  const half = Math.floor((most - 1) / 2);
  return brief(`${id.slice(0, most - 1 - half)}…${id.slice(id.length - half)}`, most);
}

// What an engine knows it as; where there is little room, the id rather than the words.
function engineText(entity, most = 60) {
  const [words, word] = isRemote(entity) ? ["on the engine as ", "engine: "] : ["durable as ", ""];
  const [before] = [words, word].filter((text) => text.length + entity.durable.length <= most);
  return (before ?? "") + briefId(entity.durable, Math.max(8, most - (before ?? "").length));
}

// Those that have the same id: it may run in this process, too.
function sameId(entity) {
  return (run.durable.get(entity.durable) || []).filter((other) => isRemote(other) !== isRemote(entity)).map((other) => other.id);
}

function dots(context, color) {
  const key = `dots ${color}`;
  let pattern = theme.hatches.get(key);
  if (!pattern) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 4;
    const ink = tile.getContext("2d");
    ink.fillStyle = color;
    ink.fillRect(1, 1, 1.5, 1.5);
    theme.hatches.set(key, pattern = context.createPattern(tile, "repeat"));
  }
  return pattern;
}

// Its bar, from the question to the answer.
function dotted(context, x, y, width, height, color) {
  context.fillStyle = theme.bg;
  context.fillRect(x, y, width, height);
  context.fillStyle = dots(context, color);
  context.fillRect(x, y, width, height);
  context.strokeStyle = color;
  context.strokeRect(x + 0.5, y + 0.5, Math.max(1, width - 1), height - 1);
}

// The inner one of two outlines.
function innerOutline(context, x, y, width, height, round) {
  context.lineWidth = 1;
  context.beginPath();
  context.roundRect(x + 3, y + 3, width - 6, height - 6, Math.max(1, round - 3));
  context.stroke();
}

// A lane of the timeline: what it is, and what came of it.
function drawRemote(context, entity, x, width, y, height) {
  dotted(context, x, y, width, height, colorOf(entity));
  const { end } = entity;
  const outcome = end ? (end.ok ? (end.value === null ? "" : ` → ${brief(end.value, 40)}`) : ` → ${end.kind.toLowerCase()}`) : "";
  context.font = font(10.5, "600");
  context.textAlign = "left";
  const color = end && !end.ok ? theme.fail : theme.ink;
  // In the bar as far as that is in view, or beside it, clear of the cross; if need be the id alone.
  const [from, to] = [Math.max(x, labels()), Math.min(x + width, timeline.view.width)];
  const beside = Math.max(x + width, labels()) + 14;
  for (const words of [engineText(entity) + outcome, briefId(entity.durable, 24) + outcome, briefId(entity.durable, 24)]) {
    const text = isolated(words), wide = context.measureText(text).width;
    if (wide <= to - from - 12) {
      context.fillStyle = theme.bg;
      context.fillRect(from + 3, y + 1, wide + 6, height - 2);
      context.fillStyle = color;
      context.fillText(text, from + 6, y + height / 2);
      return;
    }
    if (beside + wide > timeline.view.width) continue;
    haloText(context, text, beside, y + height / 2, color);
    return;
  }
}

// The dot before a name in lists.
const dotOf = (entity) => el("i", { class: "dot", style: entity && isRemote(entity) ? `border:3px double ${colorOf(entity)}` : `background:${entity ? colorOf(entity) : "var(--muted)"}` });
