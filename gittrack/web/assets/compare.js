// Runs beside one another: what differs, curves over one another, parallel coordinates.

import { get } from "./api.js";
import { chart, colorClass, controls } from "./chart.js";
import { h, link, replace, viewLink } from "./dom.js";
import { countText, durationText, numberText, timeText, valueText } from "./format.js";
import { heat, parallel } from "./parallel.js";
import { reportButton } from "./reports.js";

const SERIES = 1800;
const AXES = 10;

export async function showCompare(root, place, life) {
  const ids = place.query.getAll("run");
  if (!ids.length) return replace(root, h("div", { class: "card" }, h("p", {}, "Choose runs in the table first."), link("To the runs", ["runs"])));
  let found = await get(["compare"], { run_id: ids }, life.signal);
  const options = { by: "step", log: false, smooth: 0 };
  const curves = h("div", { class: "figures" });
  const table = h("div");
  const threads = h("div");

  async function drawCurves() {
    const keys = Object.keys(found.metrics).slice(0, Math.floor(SERIES / ids.length));
    if (!keys.length) return;
    const points = Math.max(60, Math.floor(6000 / ids.length));
    const { series } = await get(["metrics"], { run_id: ids, key: keys, points }, life.signal);
    const place = new Map(found.runs.map((run, index) => [run.run_id, index]));
    const figures = keys.map((key) => {
      const lines = series.filter((one) => one.key === key && one.count > 1)
        .map((one) => ({ ...one, label: found.runs[place.get(one.run_id)].run_name, place: place.get(one.run_id) }));
      return lines.length ? chart(key, lines, options) : null;
    });
    replace(curves, figures);
  }

  function draw() {
    const params = Object.entries(found.params).filter(([path]) => path !== ""); // an empty config is no parameter
    const metrics = Object.entries(found.metrics);
    replace(table, h("div", { class: "card scroll" }, h("table", { class: "list small compare" },
      h("thead", {}, h("tr", {}, h("th", { class: "sticky" }, ""), found.runs.map((run, index) => h("th", {},
        link(run.run_name, ["run", run.run_id], {}, { class: `key ${colorClass(index)}` }),
        h("button", { type: "button", class: "quiet", "aria-label": `Leave ${run.run_name} out`, onclick: () => without(index) }, "×"))))),
      h("tbody", {},
        line("status", found.runs.map((run) => h("span", { class: `status ${run.status}` }, run.status.toLowerCase()))),
        line("started", found.runs.map((run) => timeText(run.start_time))),
        line("took", found.runs.map((run) => durationText(run.duration))),
        group("Parameters that differ", found.runs.length, found.same_params ? `${countText(found.same_params, "other")} the same in all` : ""),
        params.map(([name, values]) => line(name, found.runs.map((run) => (run.run_id in values ? valueText(values[run.run_id]) || "null" : none())))),
        group("Metrics", found.runs.length, "the best is marked"),
        metrics.map(([name, one]) => line(name, found.runs.map((run) => (run.run_id in one.values
          ? h("span", { class: one.best.includes(run.run_id) ? "best" : "", title: valueText(one.values[run.run_id]) }, numberText(one.values[run.run_id])) : none())), "number"))))));
    drawThreads(params, metrics);
  }

  function drawThreads(params, metrics) {
    if (found.runs.length < 3 || !metrics.length || !params.length) return replace(threads);
    const choice = h("select", { "aria-label": "Coloured by", onchange: () => paint() }, metrics.map(([name]) => h("option", {}, name)));
    const picture = h("div");
    function paint() {
      const [name, one] = metrics.find(([known]) => known === choice.value);
      const column = (values) => found.runs.map((run) => values[run.run_id]);
      const columns = [...params.slice(0, AXES).map(([path, values]) => [path, column(values)]), [name, column(one.values)]];
      replace(picture, parallel(columns, found.runs.map((run) => run.run_name), heat(column(one.values))));
    }
    replace(threads, h("section", { class: "card" }, h("div", { class: "bar" }, h("h2", {}, "What varies"), h("span", { class: "spring" }),
      h("label", {}, "Coloured by ", choice)), picture,
    params.length > AXES ? h("p", { class: "dim" }, `The first ${AXES} of ${params.length} parameters that differ.`) : null));
    paint();
  }

  function without(index) {
    location.hash = viewLink(["compare"], { run: ids.filter((_, at) => at !== index) });
  }

  replace(root, h("div", { class: "bar" }, h("h1", {}, `${countText(found.runs.length, "run")} compared`), h("span", { class: "spring" }),
    ids.length > 1 && ids.length <= 50 ? reportButton({ run_id: ids }) : null),
    table, h("div", { class: "bar" }, h("h2", {}, "Curves"), h("span", { class: "spring" }), controls(options, () => drawCurves())), curves, threads);
  draw();
  await drawCurves();
  life.poll(async () => {
    const now = await get(["compare"], { run_id: ids }, life.signal);
    if (now === found) return;
    found = now;
    draw();
    await drawCurves();
  }, () => (found.runs.some((run) => run.status === "RUNNING") ? 2000 : 15_000));
}

function line(name, cells, kind = "") {
  return h("tr", {}, h("th", { scope: "row", class: "sticky" }, name), cells.map((cell) => h("td", { class: kind }, cell)));
}

function group(title, count, note) {
  return h("tr", { class: "group" }, h("th", { colspan: count + 1, scope: "colgroup" }, title, note ? h("span", { class: "dim" }, ` · ${note}`) : null));
}

function none() {
  return h("span", { class: "none" }, "–");
}
