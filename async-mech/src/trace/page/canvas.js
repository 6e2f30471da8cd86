// Canvases that show a window of something large: a scroller with the extent of it all, and in it a
// canvas that stays in view and is drawn anew. So 100,000 rows cost as much as 30.

const theme = { dark: false, colors: [] };
const HUES = ["--f0", "--f1", "--f2", "--f3", "--f4", "--f5", "--f6"];

// Reads the colours of the style sheet, which follow the system's light or dark.
function readTheme() {
  const style = getComputedStyle(document.documentElement);
  const value = (name) => style.getPropertyValue(name).trim();
  for (const name of ["bg", "panel", "ink", "muted", "line", "faint", "accent", "fail", "lent", "pick", "mono", "sans"]) {
    theme[name] = value(`--${name}`);
  }
  theme.colors = HUES.map(value);
  theme.hatches = new Map();
}

const colorOf = (entity) => (entity.what === "root" ? theme.muted : theme.colors[entity.site.color % theme.colors.length]);

// Black or white, whichever is read better on a colour.
function inkOn(color) {
  const [r, g, b] = [1, 3, 5].map((at) => (parseInt(color.slice(at, at + 2), 16) / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b > 0.18 ? "#0c1116" : "#ffffff";
}

// Stripes of a colour, for waits: they are told from runs without seeing the colour.
function hatch(context, color) {
  let pattern = theme.hatches.get(color);
  if (!pattern) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = 6;
    const ink = tile.getContext("2d");
    ink.strokeStyle = color;
    ink.lineWidth = 1.4;
    ink.beginPath();
    for (const shift of [-6, 0, 6]) { ink.moveTo(shift, 6); ink.lineTo(shift + 6, 0); }
    ink.stroke();
    theme.hatches.set(color, pattern = context.createPattern(tile, "repeat"));
  }
  return pattern;
}

// A scroller in `parent`. `draw(context, view)` draws the window `view`: x, y, width, height.
function canvasView(parent, label, draw) {
  const canvas = el("canvas", { "aria-hidden": "true" });
  const extent = el("div", { class: "extent" }, canvas);
  const scroller = el("div", {
    class: "scroller", tabindex: "0", role: "application", "aria-label": label, "aria-describedby": "keys",
  }, extent);
  parent.append(scroller);
  const context = canvas.getContext("2d");
  const view = { x: 0, y: 0, width: 0, height: 0, scroller, canvas, extent, stale: true };
  view.size = (width, height) => {
    const [w, h] = [`${Math.max(0, Math.ceil(width))}px`, `${Math.max(0, Math.ceil(height))}px`];
    if (extent.style.minWidth !== w) extent.style.minWidth = w;
    if (extent.style.height !== h) extent.style.height = h;
  };
  view.draw = () => {
    const ratio = window.devicePixelRatio || 1;
    const width = scroller.clientWidth, height = scroller.clientHeight;
    if (!width || !height) return;
    if (canvas.width !== Math.round(width * ratio) || canvas.height !== Math.round(height * ratio)) {
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    Object.assign(view, { x: scroller.scrollLeft, y: scroller.scrollTop, width, height });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.fillStyle = theme.bg;
    context.fillRect(0, 0, width, height);
    context.lineWidth = 1;
    context.textBaseline = "middle";
    draw(context, view);
  };
  // Where the pointer is, in the canvas.
  view.point = (event) => {
    const box = canvas.getBoundingClientRect();
    return { x: event.clientX - box.left, y: event.clientY - box.top };
  };
  scroller.addEventListener("scroll", redraw, { passive: true });
  return view;
}

// Scrolls so that a box of the extent is in view, clear of what is pinned at its edges.
function bringIntoView(view, left, top, width, height, pinned = { left: 0, top: 0 }) {
  const { scroller } = view;
  const { clientWidth, clientHeight } = scroller;
  if (top < scroller.scrollTop + pinned.top) scroller.scrollTop = top - pinned.top - 8;
  else if (top + height > scroller.scrollTop + clientHeight) scroller.scrollTop = top + height - clientHeight + 8;
  if (left < scroller.scrollLeft + pinned.left) scroller.scrollLeft = left - pinned.left - 8;
  else if (left + width > scroller.scrollLeft + clientWidth) scroller.scrollLeft = left + width - clientWidth + 8;
}

// Text of at most `room` pixels, so that one look at its width is enough for most.
function fitted(context, text, room) {
  if (room < 8) return "";
  if (text.length > 300) text = text.slice(0, 300);
  const width = context.measureText(text).width;
  if (width <= room) return isolated(text);
  let end = Math.floor((text.length * room) / width);
  while (end > 0 && context.measureText(`${text.slice(0, end)}…`).width > room) end -= 1;
  return end ? isolated(`${text.slice(0, end)}…`) : "";
}

// Text with a halo, legible on top of lines.
function haloText(context, text, x, y, color) {
  context.lineJoin = "round";
  context.lineWidth = 4;
  context.strokeStyle = theme.bg;
  context.strokeText(text, x, y);
  context.lineWidth = 1;
  context.fillStyle = color;
  context.fillText(text, x, y);
}

const font = (size, weight = "") => `${weight} ${size}px ${theme.sans}`.trim();
const mono = (size, weight = "") => `${weight} ${size}px ${theme.mono}`.trim();

function cross(context, x, y, size) {
  context.strokeStyle = theme.fail;
  context.lineWidth = 2;
  context.beginPath();
  context.moveTo(x - size, y - size); context.lineTo(x + size, y + size);
  context.moveTo(x + size, y - size); context.lineTo(x - size, y + size);
  context.stroke();
  context.lineWidth = 1;
}

// A list whose rows are elements, of which only those in view exist.
function windowed(scroller, height, make) {
  const extent = el("div", { class: "extent rows" });
  scroller.append(extent);
  const list = { rows: [], scroller };
  list.draw = () => {
    extent.style.height = `${list.rows.length * height}px`;
    const first = Math.max(0, Math.floor(scroller.scrollTop / height) - 4);
    const last = Math.min(list.rows.length, Math.ceil((scroller.scrollTop + scroller.clientHeight) / height) + 4);
    const made = [];
    for (let n = first; n < last; n++) {
      const row = make(list.rows[n], n);
      row.style.top = `${n * height}px`;
      made.push(row);
    }
    extent.replaceChildren(...made);
  };
  list.reveal = (n) => {
    const top = n * height;
    if (top < scroller.scrollTop) scroller.scrollTop = top;
    else if (top + height > scroller.scrollTop + scroller.clientHeight) scroller.scrollTop = top + height - scroller.clientHeight;
  };
  scroller.addEventListener("scroll", redraw, { passive: true });
  return list;
}
