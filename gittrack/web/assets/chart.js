// Curves drawn by hand in SVG: axes, gaps, smoothing, logarithms, and what is under the pointer.

import { h, replace, svg } from "./dom.js";
import { numberText, toNumber } from "./format.js";

const HEIGHT = 280;
const MARGIN = { left: 58, right: 14, top: 12, bottom: 34 };
const COLORS = 10;

// Narrow screens get a narrower picture, so that its letters stay readable.
export function isNarrow() {
  return matchMedia("(max-width: 640px)").matches;
}

export function colorClass(place) {
  return `series-${place % COLORS} dash-${Math.floor(place / COLORS) % 3}`;
}

// Exponential moving average, corrected for its start; gaps stay gaps.
export function smoothed(values, weight) {
  if (!weight) return values;
  let last = 0;
  let count = 0;
  return values.map((value) => {
    if (!Number.isFinite(value)) return value;
    last = last * weight + (1 - weight) * value;
    count += 1;
    return last / (1 - weight ** count);
  });
}

// Round numbers for an axis, about `most` of them.
export function ticks(low, high, most) {
  const raw = (high - low) / Math.max(1, most);
  if (!(raw > 0) || !Number.isFinite(raw)) return [low];
  const power = 10 ** Math.floor(Math.log10(raw));
  const step = [1, 2, 5, 10].find((one) => one * power >= raw * 0.999) * power;
  const found = [];
  for (let at = Math.ceil(low / step - 1e-9) * step; at <= high + step * 1e-9; at += step) {
    found.push(Math.abs(at) < step * 1e-9 ? 0 : at);
    if (found.length > 50) break;
  }
  return found;
}

function logTicks(low, high) {
  const found = [];
  const first = Math.floor(Math.log10(low));
  const last = Math.ceil(Math.log10(high));
  const stride = Math.max(1, Math.ceil((last - first) / 6));
  for (let power = first; power <= last; power += stride) {
    for (const factor of last - first <= 2 ? [1, 2, 5] : [1]) {
      const at = factor * 10 ** power;
      if (at >= low * 0.999 && at <= high * 1.001) found.push(at);
    }
  }
  return found.length > 1 ? found : [low, high];
}

function extent(values, log) {
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    if (!Number.isFinite(value) || (log && value <= 0)) continue;
    if (value < low) low = value;
    if (value > high) high = value;
  }
  if (low > high) return null;
  if (low === high) {
    const room = log ? low / 2 : Math.abs(low) * 0.1 || 1;
    return [low - room, high + room];
  }
  return [low, high];
}

function scale([low, high], from, to, log) {
  if (!log) return (value) => from + ((value - low) / (high - low)) * (to - from);
  const [a, b] = [Math.log(low), Math.log(high)];
  return (value) => from + ((Math.log(value) - a) / (b - a)) * (to - from);
}

// Where each point of a series is on the horizontal axis: its step, or seconds since its start.
function across(series, by) {
  if (by === "time") return series.times.map((time) => time - series.times[0]);
  return series.steps.map((step, place) => step ?? place);
}

function path(points) {
  let text = "";
  let pen = false;
  for (const [x, y] of points) {
    if (!Number.isFinite(x) || !Number.isFinite(y)) pen = false;
    else {
      text += `${pen ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`;
      pen = true;
    }
  }
  return text;
}

// A figure with the curves of one metric. `series`: [{label, steps, times, values, place, href}].
export function chart(title, series, options) {
  const box = h("div", { class: "plot" });
  const told = h("div", { class: "told", "aria-live": "off" });
  const figure = h("figure", { class: "card figure" }, h("figcaption", { class: "clip", title }, title), box, told);
  draw(figure, box, told, title, series, options);
  return figure;
}

function draw(figure, box, told, title, series, { by = "step", log = false, smooth = 0 }) {
  const lines = series.map((one) => ({ ...one, xs: across(one, by), ys: one.values.map(toNumber) }));
  const x = extent(lines.flatMap((one) => one.xs), false);
  const y = extent(lines.flatMap((one) => one.ys), log);
  if (!x || !y) {
    replace(box, h("p", { class: "dim" }, log ? "No value above 0." : "Only NaN was logged."));
    return;
  }
  const WIDTH = isNarrow() ? 350 : 560;
  const pad = log ? 0 : (y[1] - y[0]) * 0.04;
  const toX = scale(x, MARGIN.left, WIDTH - MARGIN.right, false);
  const toY = scale([y[0] - pad, y[1] + pad], HEIGHT - MARGIN.bottom, MARGIN.top, log);
  const picture = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", tabindex: 0,
    "aria-label": `${title}: ${lines.map((one) => `${one.label}, last ${numberText(one.values.at(-1))}`).slice(0, 5).join("; ")}` });
  for (const at of log ? logTicks(...y) : ticks(y[0], y[1], 7)) {
    picture.append(svg("line", { class: "gridline", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: toY(at), y2: toY(at) }),
      svg("text", { x: MARGIN.left - 8, y: toY(at) + 4, "text-anchor": "end" }, numberText(at)));
  }
  for (const at of ticks(x[0], x[1], 6)) {
    picture.append(svg("line", { class: "tick", x1: toX(at), x2: toX(at), y1: HEIGHT - MARGIN.bottom, y2: HEIGHT - MARGIN.bottom + 4 }),
      svg("text", { x: toX(at), y: HEIGHT - MARGIN.bottom + 17, "text-anchor": "middle" }, by === "time" ? secondsText(at) : numberText(at)));
  }
  picture.append(svg("line", { class: "axis", x1: MARGIN.left, x2: WIDTH - MARGIN.right, y1: HEIGHT - MARGIN.bottom, y2: HEIGHT - MARGIN.bottom }));
  for (const one of lines) {
    const shown = smoothed(one.ys, smooth);
    const points = (values) => one.xs.map((at, place) => [toX(at), log && values[place] <= 0 ? NaN : toY(values[place])]);
    if (smooth) picture.append(svg("path", { class: `curve faint ${colorClass(one.place)}`, d: path(points(one.ys)) }));
    picture.append(svg("path", { class: `curve ${colorClass(one.place)}`, d: path(points(shown)) }));
    for (const [px, py] of lonely(points(shown))) picture.append(svg("circle", { class: `dot ${colorClass(one.place)}`, cx: px, cy: py, r: 3 }));
  }
  const cross = svg("line", { class: "cross", y1: MARGIN.top, y2: HEIGHT - MARGIN.bottom, visibility: "hidden" });
  picture.append(cross);
  follow(picture, cross, told, lines, x, toX, by, WIDTH);
  replace(box, picture);
}

// Points that no line would show: single ones between gaps.
function lonely(points) {
  const there = (place) => points[place] && points[place].every(Number.isFinite);
  return points.filter((_, place) => there(place) && !there(place - 1) && !there(place + 1));
}

function follow(picture, cross, told, lines, x, toX, by, width) {
  let at = null;
  const show = (value) => {
    at = Math.max(x[0], Math.min(x[1], value));
    cross.setAttribute("x1", toX(at));
    cross.setAttribute("x2", toX(at));
    cross.setAttribute("visibility", "visible");
    const near = lines.map((one) => ({ one, place: nearest(one.xs, at) }))
      .filter(({ place }) => place >= 0)
      .slice(0, 8);
    replace(told, h("span", { class: "dim" }, by === "time" ? secondsText(at) : `step ${numberText(Math.round(at))}`),
      near.map(({ one, place }) => h("span", { class: `key ${colorClass(one.place)}` }, lines.length > 1 ? `${one.label} ` : "", h("b", {}, numberText(one.values[place])))));
  };
  const hide = () => {
    cross.setAttribute("visibility", "hidden");
    replace(told);
  };
  picture.addEventListener("pointermove", (event) => {
    const box = picture.getBoundingClientRect();
    const place = ((event.clientX - box.left) / box.width) * width;
    show(x[0] + ((place - MARGIN.left) / (width - MARGIN.left - MARGIN.right)) * (x[1] - x[0]));
  });
  picture.addEventListener("pointerleave", hide);
  picture.addEventListener("blur", hide);
  picture.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (!by) return;
    event.preventDefault();
    show((at ?? x[0]) + (by * (x[1] - x[0])) / 50);
  });
}

function nearest(xs, at) {
  let best = -1;
  for (let place = 0; place < xs.length; place += 1) {
    if (best < 0 || Math.abs(xs[place] - at) < Math.abs(xs[best] - at)) best = place;
  }
  return best;
}

function secondsText(seconds) {
  if (seconds < 120) return `${numberText(seconds)} s`;
  return seconds < 7200 ? `${numberText(seconds / 60)} min` : `${numberText(seconds / 3600)} h`;
}

// The controls above curves; calls `changed(options)` whenever one is used.
export function controls(options, changed) {
  const set = (name, value) => {
    options[name] = value;
    changed(options);
  };
  return h("div", { class: "bar controls" },
    h("label", {}, "Across ", h("select", { onchange: (event) => set("by", event.target.value) },
      h("option", { value: "step" }, "step"), h("option", { value: "time" }, "time"))),
    h("label", {}, h("input", { type: "checkbox", onchange: (event) => set("log", event.target.checked) }), "logarithmic"),
    h("label", {}, "Smooth ", h("input", { type: "range", min: 0, max: 0.98, step: 0.02, value: 0, oninput: (event) => set("smooth", Number(event.target.value)) })));
}
