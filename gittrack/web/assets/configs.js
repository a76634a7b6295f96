// Configs: found, one with its lineage and runs, two beside one another.

import { ApiError, canWrite, get, send } from "./api.js";
import { h, link, replace, tell, viewLink } from "./dom.js";
import { flat, timeText, valueText } from "./format.js";

export async function showConfigs(root, place, life) {
  const query = place.query.get("filter") ?? "";
  const filter = h("input", { class: "filter", value: query, spellcheck: "false", "aria-label": "Filter: a query", placeholder: "model.depth >= 4 AND tag:baseline" });
  const body = h("div");
  replace(root, h("div", { class: "bar" }, h("h1", {}, "Configs")),
    h("form", { class: "bar", onsubmit: (event) => { event.preventDefault(); location.hash = viewLink(["configs"], { filter: filter.value }); } },
      filter, h("button", { class: "primary" }, "Filter")), body);
  try {
    const { configs } = await get(["configs"], { filter: query, limit: 500 }, life.signal);
    replace(body, configs.length ? h("div", { class: "card scroll" }, h("table", { class: "list" },
      h("thead", {}, h("tr", {}, ["Config", "Description", "Tags", "Registered", "By"].map((name) => h("th", {}, name)))),
      h("tbody", {}, configs.map(row)))) : h("div", { class: "card" }, h("p", {}, query ? "No config fulfils this." : "No config is registered yet: git exp add FILE")));
    if (configs.length === 500) body.append(h("p", { class: "dim" }, "The newest 500: a filter narrows them down."));
  } catch (error) {
    if (!(error instanceof ApiError) || life.signal.aborted) throw error;
    const mark = error.column ? h("pre", {}, `${error.query}\n${" ".repeat(error.column - 1)}^`) : null;
    replace(body, h("div", { class: "query-error", role: "alert" }, mark, h("div", {}, error.message), error.hint ? h("div", { class: "dim" }, error.hint) : null));
  }
}

function row(one) {
  return h("tr", {}, h("td", {}, link(one.short_id, ["config", one.id], {}, { class: "code" })), h("td", {}, one.description),
    h("td", {}, one.tags.map((tag) => h("span", { class: "tag" }, tag))), h("td", { class: "dim nowrap" }, timeText(one.created_at)), h("td", { class: "dim" }, one.author.replace(/ <.*/, "")));
}

export async function showConfig(root, place, life) {
  const id = place.parts[1] ?? "";
  let config = null;
  try {
    config = await get(["configs", id], {}, life.signal);
  } catch (error) {
    if (!(error instanceof ApiError) || error.status !== 404) throw error;
  }
  const { runs } = await get(["runs", "search"], { filter: `config_id = '${id.replaceAll("'", "''")}'`, limit: 100 }, life.signal);
  const values = config?.config ?? runs[0]?.params;
  if (!values) throw new ApiError(404, { message: `No config is called ${id}, and no run has it.` });
  replace(root,
    h("p", { class: "path" }, link("Configs", ["configs"]), " / "),
    h("div", { class: "bar" }, h("h1", { class: "code" }, id.slice(0, 12)), config ? null : h("span", { class: "badge" }, "not registered"),
      h("span", { class: "spring" }), runs.length > 1 ? link("Compare its runs", ["compare"], { run: runs.slice(0, 20).map((run) => run.run_id) }, { class: "button" }) : null),
    config ? [h("p", {}, config.description),
      h("dl", { class: "facts" }, h("div", {}, h("dt", {}, "Registered"), h("dd", {}, timeText(config.created_at))), h("div", {}, h("dt", {}, "By"), h("dd", {}, config.author)),
        config.source ? h("div", {}, h("dt", {}, "From"), h("dd", { class: "code" }, config.source)) : null),
      h("div", { class: "tags" }, config.tags.map((tag) => h("span", { class: "tag" }, tag)), canWrite() ? tagForm(config) : null),
      config.parents.length ? h("section", { class: "card" }, h("h2", {}, "Derived from"), config.parents.map((parent) => h("p", {},
        link(parent.slice(0, 12), ["config", parent], {}, { class: "code" }), " · ", link("what differs", ["diff", parent, config.id])))) : null] : null,
    h("div", { class: "columns-2" },
      h("section", { class: "card" }, h("h2", {}, "Values"), h("div", { class: "scroll" }, h("table", { class: "list small" }, h("tbody", {}, flat(values).map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, value === null ? h("span", { class: "none" }, "null") : valueText(value)))))))),
      runs.length ? h("section", { class: "card" }, h("h2", {}, "Runs"), h("table", { class: "list small" }, h("tbody", {}, runs.map((run) => h("tr", {},
        h("td", {}, link(run.run_name, ["run", run.run_id])), h("td", {}, h("span", { class: `status ${run.status}` }, run.status.toLowerCase())), h("td", { class: "dim nowrap" }, timeText(run.start_time))))))) : null));
}

function tagForm(config) {
  const field = h("input", { placeholder: "new tag", "aria-label": "New tag", size: 12 });
  return h("form", { class: "inline", onsubmit: async (event) => {
    event.preventDefault();
    try {
      await send("POST", ["configs", config.id, "tags"], { add: [field.value.trim()] });
      dispatchEvent(new HashChangeEvent("hashchange"));
    } catch (error) {
      tell(error.message, "error");
    }
  } }, field, h("button", {}, "Tag"));
}

export async function showConfigDiff(root, place, life) {
  const [, first, second] = place.parts;
  const { changes } = await get(["configs", first ?? "", "diff", second ?? ""], {}, life.signal);
  replace(root, h("h1", {}, "From ", link(first.slice(0, 12), ["config", first], {}, { class: "code" }), " to ", link(second.slice(0, 12), ["config", second], {}, { class: "code" })),
    h("div", { class: "card scroll" }, changes.length ? h("table", { class: "list" }, h("thead", {}, h("tr", {}, ["", "before", "after"].map((name) => h("th", {}, name)))),
      h("tbody", {}, changes.map((one) => h("tr", {}, h("th", { scope: "row" }, one.path),
        h("td", { class: "old" }, "old" in one ? valueText(one.old) || "null" : "–"), h("td", { class: "new" }, "new" in one ? valueText(one.new) || "null" : "–"))))) : h("p", {}, "They are the same.")));
}
