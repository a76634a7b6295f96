// The first view: all experiments.

import { get } from "./api.js";
import { h, link, replace } from "./dom.js";
import { agoText, countText, timeText } from "./format.js";

export async function showExperiments(root, place, life) {
  const body = h("tbody");
  const filter = h("input", { type: "search", placeholder: "Find an experiment", "aria-label": "Find an experiment", oninput: () => draw() });
  const count = h("span", { class: "dim" });
  let experiments = (await get(["experiments"], {}, life.signal)).experiments;

  function draw() {
    const wanted = filter.value.toLowerCase();
    const shown = experiments
      .filter((one) => [one.name, one.description, ...Object.values(one.tags)].join(" ").toLowerCase().includes(wanted))
      .sort((a, b) => (b.last_run ?? "").localeCompare(a.last_run ?? ""));
    count.textContent = countText(shown.length, "experiment");
    replace(body, shown.map(row));
  }
  replace(root,
    h("div", { class: "bar" }, h("h1", {}, "Experiments"), count, h("span", { class: "spring" }), filter),
    experiments.length ? h("div", { class: "card scroll" }, h("table", { class: "list" },
      h("thead", {}, h("tr", {}, h("th", {}, "Name"), h("th", { class: "number" }, "Runs"), h("th", {}, "Last run"), h("th", { class: "wide" }, "Tags"))), body)) : empty());
  draw();
  life.poll(async () => {
    const now = (await get(["experiments"], {}, life.signal)).experiments;
    if (now !== experiments) {
      experiments = now;
      draw();
    }
  }, () => 5000);
}

function row(one) {
  return h("tr", {},
    h("td", {},
      link(one.name, ["runs"], { experiment: one.experiment_id }, { class: "strong" }),
      one.is_study ? [" ", link("study", ["study", one.experiment_id], {}, { class: "badge" })] : null,
      one.description ? h("div", { class: "dim clip" }, one.description) : null),
    h("td", { class: "number" }, one.runs.toLocaleString("en"), one.live_runs ? h("div", { class: "live" }, `${one.live_runs} live`) : null),
    h("td", { title: timeText(one.last_run), class: "dim nowrap" }, agoText(one.last_run)),
    h("td", { class: "wide" }, Object.entries(one.tags).map(([key, value]) => h("span", { class: "tag" }, `${key}: ${value}`))));
}

function empty() {
  return h("div", { class: "card" }, h("p", {}, "Nothing is recorded yet. In a script:"),
    h("pre", {}, 'import gittrack\n\nwith gittrack.start_run("first", config={"lr": 0.1}) as run:\n    run.log_metric("loss", 0.3, step=1)'));
}
