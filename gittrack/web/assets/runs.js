// The table of runs: columns, order, filter, selection; all of it is in the address.

import { ApiError, canWrite, get, send } from "./api.js";
import { chooseColumns } from "./columns.js";
import { save } from "./files.js";
import { savedViews } from "./saved.js";
import { confirmed, h, link, replace, tell, viewLink } from "./dom.js";
import { countText, durationText, numberText, timeText, valueText } from "./format.js";
import { Grid } from "./grid.js";

const ALWAYS = ["run_id", "status", "experiment_id"];
const WIDTHS = { run_name: 190, status: 104, start_time: 148, end_time: 148, duration: 108, experiment_name: 150, number: 76, children: 84 };
const LABELS = { run_name: "run", experiment_name: "experiment", start_time: "started", end_time: "ended", config_id: "config", git_commit: "commit", parent_run_id: "parent", trial_number: "trial" };
const EXPORTED = 100_000;

export async function showRuns(root, place, life) {
  const state = {
    experiment: place.query.getAll("experiment"),
    filter: place.query.get("filter") ?? "",
    order: place.query.get("order") ?? "",
    columns: place.query.getAll("column"),
  };
  const search = () => ({ experiment_name: state.experiment, filter: state.filter, order_by: state.order });
  let known = [];
  const fields = () => (state.columns.length ? state.columns : usual(known, state.experiment.length !== 1));
  const asked = () => [...new Set([...ALWAYS, ...fields()])];
  const load = (offset, limit) => get(["runs", "table"], { ...search(), column: asked(), offset, limit }, life.signal);

  const count = h("span", { class: "dim" });
  const wrong = h("div", { class: "query-error", role: "alert" });
  const filter = h("input", { class: "filter", value: state.filter, spellcheck: "false", autocomplete: "off", "aria-label": "Filter: a query",
    placeholder: "metrics.loss < 0.3 AND params.model.name = 'mlp'" });
  const actions = h("span", { class: "actions" });
  const grid = new Grid({ load, label: "Runs", cell: (row, column) => cell(row, row[column.place], column),
    idOf: (row) => row[0], onOpen: (row) => { location.hash = viewLink(["run", row[0]]); }, onSelect: () => drawActions() });
  life.signal.addEventListener("abort", () => grid.size.disconnect());

  function remember() {
    const link = viewLink(["runs"], { experiment: state.experiment, filter: state.filter, order: state.order, column: state.columns });
    history.replaceState(null, "", link);
  }

  async function look() {
    replace(wrong);
    filter.removeAttribute("aria-invalid");
    try {
      drawHead();
      await grid.reset();
      count.textContent = countText(grid.total, "run");
      remember();
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showQueryError(error);
    }
  }

  function showQueryError(error) {
    filter.setAttribute("aria-invalid", "true");
    const text = error.query && error.column ? h("pre", {}, `${error.query}\n${" ".repeat(error.column - 1)}^`) : null;
    replace(wrong, text, h("div", {}, error.message), error.hint ? h("div", { class: "dim" }, error.hint) : null);
    if (error.query === filter.value && error.column) filter.setSelectionRange(error.column - 1, error.column);
  }

  function drawHead() {
    const columns = fields().map((field) => {
      const one = known.find((column) => column.field === field);
      const kind = one?.kind ?? "text";
      const numeric = ["float", "integer"].includes(kind) || field.startsWith("metrics.");
      const label = LABELS[field] ?? (one?.name ?? field).replace(/^(params|metrics|tags|validations)\./, "");
      return { field, kind, label, align: numeric ? "number" : "", width: WIDTHS[field] ?? (numeric ? 112 : 140), group: field.split(".")[0], place: asked().indexOf(field) };
    });
    const [sorted, direction] = state.order.split(/ (?=ASC$|DESC$)/);
    grid.setColumns(columns, columns.map((one) => {
      const here = one.field === sorted ? direction : null;
      return h("div", { class: `cell ${one.align}`, role: "columnheader", "aria-sort": here ? (here === "ASC" ? "ascending" : "descending") : "none" },
        h("button", { type: "button", title: `${one.field}: sort`, onclick: () => sort(one.field, here) },
          ["params", "metrics", "tags"].includes(one.group) ? h("small", { class: `kind ${one.group}` }, one.group[0].toUpperCase()) : null,
          h("span", { class: "clip" }, one.label), here ? (here === "ASC" ? " ▲" : " ▼") : ""));
    }));
  }

  function sort(field, here) {
    state.order = here === null ? `${field} ASC` : here === "ASC" ? `${field} DESC` : "";
    look();
  }

  function drawActions() {
    const ids = [...grid.selected];
    replace(actions,
      ids.length ? h("span", { class: "dim" }, `${ids.length} chosen`) : null,
      ids.length > 1 ? link(`Compare ${ids.length}`, ["compare"], { run: ids }, { class: "button primary", id: "compare" }) : null,
      ids.length && canWrite() ? h("button", { type: "button", class: "danger", onclick: () => removeRuns(ids) }, "Delete") : null,
      ids.length ? h("button", { type: "button", onclick: () => { grid.selected.clear(); grid.draw(); drawActions(); } }, "None") : null);
  }

  async function removeRuns(ids) {
    const text = `Every listing will be without them. To bring them back: git exp runs restore ${ids.length === 1 ? ids[0].slice(0, 12) : "RUN..."}`;
    if (!(await confirmed(`Delete ${countText(ids.length, "run")}?`, text, "Delete"))) return;
    for (const id of ids) {
      try {
        await send("DELETE", ["runs", id]);
        grid.selected.delete(id);
      } catch (error) {
        tell(error.message, "error");
      }
    }
    drawActions();
    await look();
  }

  async function exported(kind) {
    const data = await get(["runs", "table"], { ...search(), column: ["run_id", ...fields()], offset: 0, limit: EXPORTED }, life.signal);
    const names = data.columns.map((one) => one.name);
    const text = kind === "csv"
      ? [names, ...data.rows].map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n"
      : JSON.stringify(data.rows.map((row) => Object.fromEntries(names.map((name, index) => [name, row[index]]))), null, 1);
    save(`runs.${kind}`, text, kind === "csv" ? "text/csv" : "application/json");
  }

  const experiments = (await get(["experiments"], {}, life.signal)).experiments;
  const one = experiments.find((found) => found.experiment_id === state.experiment[0]);
  const choice = h("select", { "aria-label": "Experiment", onchange: () => { location.hash = viewLink(["runs"], { experiment: choice.value, filter: state.filter }); } },
    h("option", { value: "" }, "All experiments"), experiments.map((found) => h("option", { value: found.experiment_id, selected: found === one }, found.name)));
  known = (await get(["runs", "columns"], { experiment_name: state.experiment }, life.signal)).columns;

  const views = await savedViews(state, (view) => { location.hash = view; }, life);
  replace(root,
    h("div", { class: "bar" }, h("h1", { class: "clip" }, one ? one.name : "Runs"), count,
      one?.is_study ? link("Study", ["study", one.experiment_id], {}, { class: "button" }) : null,
      h("span", { class: "spring" }), actions,
      one && canWrite() ? h("button", { type: "button", class: "danger", onclick: () => removeExperiment(one) }, "Delete the experiment") : null),
    one?.description ? h("p", { class: "dim" }, one.description) : null,
    h("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); state.filter = filter.value; look(); } },
      choice, filter, h("button", { class: "primary" }, "Filter"),
      h("button", { type: "button", onclick: async () => {
        const chosen = await chooseColumns(known, fields());
        if (chosen) { state.columns = chosen; look(); }
      } }, "Columns"),
      views,
      h("details", { class: "menu" }, h("summary", { class: "button" }, "Export"), h("div", {},
        h("button", { type: "button", onclick: () => exported("csv") }, "CSV"), h("button", { type: "button", onclick: () => exported("json") }, "JSON")))),
    wrong, grid.element,
    h("p", { class: "dim hint" }, "Keys: / filter · ↑ ↓ move · space chooses · enter opens · c compares. The address keeps columns, order and filter."));
  filter.addEventListener("keydown", (event) => { if (event.key === "Escape") grid.element.focus(); });
  document.addEventListener("keydown", (event) => {
    if (event.target.closest("input:not([type=checkbox]), select, textarea, dialog") || event.ctrlKey || event.metaKey) return;
    if (event.key === "/") { event.preventDefault(); filter.focus(); }
    if (event.key === "c" && grid.selected.size > 1) location.hash = viewLink(["compare"], { run: [...grid.selected] });
  }, { signal: life.signal });
  await look();
  life.poll(async () => {
    await grid.refresh();
    count.textContent = countText(grid.total, "run");
  }, () => 3000);
}

async function removeExperiment(one) {
  const runs = countText(one.runs, "run");
  if (!(await confirmed(`Delete ${one.name}?`, `It goes with its ${runs}. git exp experiments restore ${one.experiment_id} brings it back.`, "Delete"))) return;
  try {
    await send("DELETE", ["experiments", one.experiment_id]);
    location.hash = viewLink([], {});
    tell(`${one.name} is deleted, with ${runs}.`, "note", ["Bring it back", () => restoreExperiment(one)]);
  } catch (error) {
    tell(error.message, "error");
  }
}

async function restoreExperiment(one) {
  try {
    await send("POST", ["experiments", one.experiment_id, "restore"]);
    location.hash = viewLink(["runs"], { experiment: one.experiment_id });
  } catch (error) {
    tell(error.message, "error");
  }
}

// What is shown if nobody chose: what the run is, then its first metrics and parameters.
function usual(known, withExperiment) {
  const of = (group, most) => {
    const all = known.filter((one) => one.group === group);
    const telling = all.filter((one) => one.varies);
    return (telling.length ? telling : all).slice(0, most).sort((a, b) => a.name.localeCompare(b.name)).map((one) => one.field);
  };
  return ["run_name", ...(withExperiment ? ["experiment_name"] : []), "status", "start_time", "duration", ...of("metrics", 6), ...of("params", 8), ...of("tags", 3)];
}

function cell(row, value, column) {
  if (column.field === "run_name") return link(value, ["run", row[0]], {}, { class: "clip" });
  if (column.field === "status") return h("span", { class: `status ${value}` }, value.toLowerCase());
  if (column.field === "experiment_name") return link(value, ["runs"], { experiment: row[2] }, { class: "clip" });
  if (column.field === "config_id" && value) return link(value.slice(0, 12), ["config", value], {}, { class: "code" });
  if (column.field === "duration") return durationText(value);
  if (column.kind === "time") return timeText(value);
  if (value === null) return h("span", { class: "none" }, "–");
  if (column.align === "number") return h("span", { title: valueText(value) }, numberText(value));
  const text = valueText(value);
  return h("span", { class: "clip", title: text }, text);
}

// A spreadsheet takes what begins so for a formula.
function csvCell(value) {
  let text = value === null ? "" : typeof value === "object" ? JSON.stringify(value) : String(value);
  if (typeof value === "string" && /^[=+\-@\t\r]/.test(text) && !/^[-+]?[\d.]/.test(text)) text = `'${text}`;
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}
