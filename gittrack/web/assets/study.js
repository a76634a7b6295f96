// A study: how its best value came about, and its best trials.

import { get } from "./api.js";
import { isNarrow, ticks } from "./chart.js";
import { h, link, replace, svg, viewLink } from "./dom.js";
import { countText, flat, numberText, toNumber, valueText } from "./format.js";
import { heat, parallel } from "./parallel.js";
import { reportButton } from "./reports.js";

const TRIALS = 300;

export async function showStudy(root, place, life) {
  const id = place.parts[1] ?? "";
  const experiment = await get(["experiments", id], {}, life.signal);
  const newest = (await get(["runs", "search"], { experiment_name: id, limit: TRIALS }, life.signal)).runs;
  // Objectives come first: the newest trial may have been pruned, and have none.
  const names = [...new Set([...newest.flatMap((run) => Object.keys(run.performance)), ...newest.flatMap((run) => Object.keys(run.metrics))])];
  let metric = place.query.get("metric") ?? names[0];
  let direction = place.query.get("direction") ?? "";
  const body = h("div");

  async function look() {
    if (!metric) return replace(body, h("p", { class: "dim" }, "No trial has a value yet."));
    const { runs } = await get(["experiments", id, "progress"], { metric, direction }, life.signal);
    const best = [...runs].reverse().find((one) => one.improved);
    const values = newest.map((run) => run.performance[metric] ?? run.metrics[metric]);
    const flatParams = newest.map((run) => Object.fromEntries(flat(run.params)));
    const varying = [...new Set(flatParams.flatMap((one) => Object.keys(one)))].filter((key) => new Set(flatParams.map((one) => valueText(one[key]))).size > 1).slice(0, 9);
    replace(body,
      h("div", { class: "card figure wide" }, h("h2", {}, `${metric}, trial by trial`), runs.length ? history(runs) : h("p", { class: "dim" }, "No trial has this value."),
        best ? h("p", {}, "Best: ", h("b", {}, numberText(best.value)), " by ", link(best.run_name, ["run", best.run_id])) : null),
      varying.length && newest.length > 2 ? h("section", { class: "card" }, h("h2", {}, newest.length === TRIALS ? `What varies, in the newest ${TRIALS}` : "What varies"),
        parallel([...varying.map((key) => [key, flatParams.map((one) => one[key])]), [metric, values]], newest.map((run) => run.run_name), heat(values))) : null);
  }

  const again = () => {
    remember(id, metric, direction);
    look();
  };
  replace(root, h("p", { class: "path" }, link("Experiments", []), " / "),
    h("div", { class: "bar" }, h("h1", { class: "clip" }, experiment.name), h("span", { class: "dim" }, countText(experiment.runs, "trial")), h("span", { class: "spring" }),
      reportButton({ study: id }), link("All trials", ["runs"], { experiment: id }, { class: "button" })),
    h("div", { class: "bar controls" },
      h("label", {}, "Value ", h("select", { onchange: (event) => { metric = event.target.value; again(); } }, names.map((name) => h("option", { selected: name === metric }, name)))),
      h("label", {}, "Better is ", h("select", { onchange: (event) => { direction = event.target.value; again(); } },
        [["", "as the study says"], ["min", "smaller"], ["max", "larger"]].map(([value, text]) => h("option", { value, selected: value === direction }, text))))),
    body);
  await look();
}

function remember(id, metric, direction) {
  history.replaceState(null, "", viewLink(["study", id], { metric, direction }));
}

// Each trial a dot, the best so far a stair.
function history(runs) {
  const [width, height, left, right, top, bottom] = [isNarrow() ? 360 : 1100, 300, 60, 14, 12, 34];
  const values = runs.map((one) => toNumber(one.value));
  const finite = values.filter(Number.isFinite);
  if (!finite.length) return h("p", { class: "dim" }, "No finite value.");
  let [low, high] = [Infinity, -Infinity];
  for (const value of finite) [low, high] = [Math.min(low, value), Math.max(high, value)];
  const log = low > 0 && high / low > 1000;
  const map = log ? Math.log10 : (value) => value;
  const pad = (map(high) - map(low)) * 0.05 || 1;
  const y = (value) => height - bottom - ((map(value) - map(low) + pad) / (map(high) - map(low) + 2 * pad)) * (height - bottom - top);
  const x = (place) => left + (runs.length > 1 ? place / (runs.length - 1) : 0.5) * (width - left - right);
  const picture = svg("svg", { viewBox: `0 0 ${width} ${height}`, role: "img", "aria-label": `${runs.length} trials, best ${numberText(runs.at(-1).best)}` });
  for (const at of ticks(map(low), map(high), 7)) {
    const value = log ? 10 ** at : at;
    picture.append(svg("line", { class: "gridline", x1: left, x2: width - right, y1: y(value), y2: y(value) }), svg("text", { x: left - 8, y: y(value) + 4, "text-anchor": "end" }, numberText(value)));
  }
  for (const at of [1, ...ticks(1, runs.length, 8).filter((one) => one > 1 && Number.isInteger(one))]) picture.append(svg("text", { x: x(at - 1), y: height - bottom + 18, "text-anchor": "middle" }, numberText(at)));
  const stride = Math.max(1, Math.floor(runs.length / 4000));
  runs.forEach((one, place) => {
    if (!Number.isFinite(values[place]) || (place % stride && !one.improved)) return;
    const dot = svg("circle", { class: `trial${one.improved ? " improved" : ""}`, cx: x(place).toFixed(1), cy: y(values[place]).toFixed(1), r: one.improved ? 4.5 : 3 }, svg("title", {}, `${one.run_name}: ${numberText(one.value)}`));
    dot.addEventListener("click", () => { location.hash = viewLink(["run", one.run_id]); });
    picture.append(dot);
  });
  let stair = "";
  runs.forEach((one, place) => {
    const best = toNumber(one.best);
    if (!Number.isFinite(best) || (!one.improved && place !== runs.length - 1)) return;
    stair += stair ? `H${x(place).toFixed(1)}V${y(best).toFixed(1)}` : `M${x(place).toFixed(1)} ${y(best).toFixed(1)}`;
  });
  picture.append(svg("path", { class: "stair", d: stair }));
  return picture;
}
