// Parallel coordinates: what varies between runs, a line for each, coloured by a metric.

import { h, svg } from "./dom.js";
import { numberText, toNumber, valueText } from "./format.js";
import { ticks } from "./chart.js";

const HEIGHT = 300;
const TOP = 34;
const BOTTOM = 14;
const GAP = 130; // at the least
const SIDE = 70;

function axisOf(name, values) {
  const present = values.filter((value) => value !== undefined && value !== null);
  const numeric = present.length > 0 && present.every((value) => typeof value === "number" || [".nan", ".inf", "-.inf"].includes(value));
  const room = HEIGHT - BOTTOM - TOP;
  if (numeric) {
    const numbers = present.map(toNumber).filter(Number.isFinite);
    const [low, high] = [Math.min(...numbers), Math.max(...numbers)];
    const log = low > 0 && high / low > 100;
    const map = log ? Math.log : (value) => value;
    const span = map(high) - map(low) || 1;
    const y = (value) => {
      const number = toNumber(value);
      return Number.isFinite(number) ? HEIGHT - BOTTOM - ((map(number) - map(low)) / span) * room : null;
    };
    const between = log ? [Math.exp((map(low) + map(high)) / 2)] : ticks(low, high, 5).filter((at) => Math.min(at - low, high - at) > span * 0.08);
    const marks = high === low ? [low] : [low, ...between, high];
    return { name: log ? `${name} (log)` : name, y, marks: marks.map((at) => [numberText(at), y(at)]) };
  }
  const texts = [...new Set(present.map(valueText))].sort().slice(0, 12);
  const y = (value) => {
    const place = value === undefined || value === null ? -1 : texts.indexOf(valueText(value));
    return place < 0 ? null : HEIGHT - BOTTOM - (texts.length > 1 ? (place / (texts.length - 1)) * room : room / 2);
  };
  return { name, y, marks: texts.map((text) => [text.length > 14 ? `${text.slice(0, 13)}…` : text, y(text)]) };
}

// `columns`: [[name, [value of each run]]]; `labels` and `places` of the runs.
export function parallel(columns, labels, colorOf) {
  const axes = columns.map(([name, values]) => ({ ...axisOf(name, values), values }));
  const gap = Math.max(GAP, Math.min(260, (document.getElementById("main").clientWidth - 80 - SIDE * 2) / Math.max(1, axes.length - 1)));
  const width = SIDE * 2 + gap * (axes.length - 1);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, width, height: HEIGHT, role: "img", "aria-label": `Parallel coordinates of ${labels.length} runs over ${columns.map(([name]) => name).join(", ")}` });
  labels.forEach((label, run) => {
    let text = "";
    let pen = false;
    axes.forEach((axis, place) => {
      const y = axis.y(axis.values[run]);
      if (y === null) { pen = false; return; }
      text += `${pen ? "L" : "M"}${(SIDE + gap * place).toFixed(1)} ${y.toFixed(1)}`;
      pen = true;
    });
    const line = svg("path", { class: "thread", d: text }, svg("title", {}, label));
    line.style.stroke = colorOf(run);
    picture.append(line);
  });
  axes.forEach((axis, place) => {
    const x = SIDE + gap * place;
    picture.append(svg("line", { class: "axis", x1: x, x2: x, y1: TOP, y2: HEIGHT - BOTTOM }),
      svg("text", { class: "name", x, y: 16, "text-anchor": "middle" }, axis.name.length > 22 ? `${axis.name.slice(0, 21)}…` : axis.name, svg("title", {}, axis.name)),
      axis.marks.map(([text, y]) => svg("text", { class: "mark", x: x + 6, y: y + 4 }, text)).reduce((group, mark) => { group.append(mark); return group; }, svg("g")));
  });
  return h("div", { class: "scroll" }, picture);
}

// A colour from blue (low) to orange (high) for each value; grey where there is none.
export function heat(values) {
  const numbers = values.map((value) => (value === undefined || value === null ? NaN : toNumber(value)));
  const finite = numbers.filter(Number.isFinite);
  const [low, high] = [Math.min(...finite), Math.max(...finite)];
  return (place) => {
    const value = numbers[place];
    if (!Number.isFinite(value)) return "var(--faint)";
    const share = high > low ? (value - low) / (high - low) : 0.5;
    return `color-mix(in oklab, var(--high) ${Math.round(share * 100)}%, var(--low))`;
  };
}
