// Configs: found, one with its lineage and runs, two beside one another.

import { ApiError, canWrite, get, send } from "./api.js";
import { confirmed, h, link, replace, tell, viewLink } from "./dom.js";
import { flat, timeText, valueText } from "./format.js";

export async function showConfigs(root, place, life) {
  const query = place.query.get("filter") ?? "";
  const filter = h("input", { class: "filter", value: query, spellcheck: "false", "aria-label": "Filter: a query", placeholder: "model.depth >= 4 AND tag:baseline" });
  const body = h("div");
  const { pins } = await get(["pins"], {}, life.signal);
  replace(root, h("div", { class: "bar" }, h("h1", {}, "Configs")), pinList(pins),
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
  const used = config?.id ?? id;
  const { pins } = await get(["pins"], {}, life.signal);
  const mine = pins.filter((one) => config && one.config === config.id);
  const { runs } = await get(["runs", "search"], { filter: `config_id = '${used.replaceAll("'", "''")}'`, limit: 100 }, life.signal);
  const values = config?.config ?? runs[0]?.params;
  if (!values) throw new ApiError(404, { message: `No config is called ${id}, and no run has it.` });
  replace(root,
    h("p", { class: "path" }, link("Configs", ["configs"]), " / "),
    h("div", { class: "bar" }, h("h1", { class: "code" }, id.slice(0, 12)), config ? null : h("span", { class: "badge" }, "not registered"),
      h("span", { class: "spring" }), runs.length > 1 ? link("Compare its runs", ["compare"], { run: runs.slice(0, 20).map((run) => run.run_id) }, { class: "button" }) : null,
      config && canWrite() ? h("button", { type: "button", class: "danger", onclick: () => remove(config) }, "Delete") : null),
    config ? [h("p", { class: config.description ? "" : "dim" }, config.description || "No description."), canWrite() ? describeForm(config) : null,
      h("dl", { class: "facts" }, h("div", {}, h("dt", {}, "Registered"), h("dd", {}, timeText(config.created_at))), h("div", {}, h("dt", {}, "By"), h("dd", {}, config.author)),
        config.source ? h("div", {}, h("dt", {}, "From"), h("dd", { class: "code" }, config.source)) : null),
      h("div", { class: "tags" }, config.tags.map((tag) => h("span", { class: "tag" }, tag,
        canWrite() ? h("button", { type: "button", class: "quiet", "aria-label": `Take the tag ${tag} away`, onclick: () => act(() => send("POST", ["configs", config.id, "tags"], { remove: [tag] })) }, "×") : null)), canWrite() ? tagForm(config) : null),
      h("div", { class: "tags" }, mine.map((one) => h("span", { class: "badge" }, `pin ${one.name}`)), canWrite() ? pinForm(config, pins) : null),
      await lineage(config, life)] : null,
    h("div", { class: "columns-2" },
      h("section", { class: "card" }, h("h2", {}, "Values"), h("div", { class: "scroll" }, h("table", { class: "list small" }, h("tbody", {}, flat(values).map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, value === null ? h("span", { class: "none" }, "null") : valueText(value)))))))),
      runs.length ? h("section", { class: "card" }, h("h2", {}, "Runs"), h("table", { class: "list small" }, h("tbody", {}, runs.map((run) => h("tr", {},
        h("td", {}, link(run.run_name, ["run", run.run_id])), h("td", {}, h("span", { class: `status ${run.status}` }, run.status.toLowerCase())), h("td", { class: "dim nowrap" }, timeText(run.start_time))))))) : null));
}

// Does something, and shows the view anew.
async function act(work, done) {
  try {
    await work();
    if (done) tell(done);
    dispatchEvent(new HashChangeEvent("hashchange"));
  } catch (error) {
    tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
  }
}

async function remove(config) {
  if (!(await confirmed(`Delete the config ${config.short_id}?`, `Its runs stay. git exp restore ${config.short_id} brings it back.`, "Delete"))) return;
  try {
    await send("DELETE", ["configs", config.id]);
    tell(`Deleted. git exp restore ${config.short_id} brings it back.`);
    location.hash = "#/configs";
  } catch (error) {
    tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
  }
}

function tagForm(config) {
  const field = h("input", { placeholder: "new tag", "aria-label": "New tag", size: 12, required: true });
  return h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    act(() => send("POST", ["configs", config.id, "tags"], { add: [field.value.trim()] }));
  } }, field, h("button", {}, "Tag"));
}

function describeForm(config) {
  const field = h("input", { class: "long", value: config.description, "aria-label": "Description", placeholder: "What it is for" });
  return h("details", {}, h("summary", { class: "dim" }, "Edit the description"), h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    act(() => send("PATCH", ["configs", config.id], { description: field.value.trim() }));
  } }, field, h("button", {}, "Describe")));
}

function pinForm(config, pins) {
  const field = h("input", { placeholder: "pin, as in prod", "aria-label": "Pin", size: 12, required: true, autocomplete: "off" });
  return h("form", { class: "inline", onsubmit: async (event) => {
    event.preventDefault();
    const name = field.value.trim();
    const before = pins.find((one) => one.name === name);
    if (before && before.config !== config.id && !(await confirmed(`Move the pin ${name}?`, `It names ${(before.config ?? "nothing").slice(0, 12)} now. The change is a file in the work tree, to be reviewed and committed.`, "Move it"))) return;
    act(() => send("POST", ["pins"], { name, config: config.id }), `${name} is pinned: commit .exptrack/pins/${name}.yaml`);
  } }, field, h("button", {}, "Pin"));
}

// The branch's pins, each with its config; who may write can take one away.
function pinList(pins) {
  if (!pins.length) return null;
  const drop = async (one) => {
    if (!(await confirmed(`Unpin ${one.name}?`, `Its file goes from the work tree. To pin it again: git exp pin ${one.name} ${(one.config ?? "CONFIG").slice(0, 12)}`, "Unpin"))) return;
    act(() => send("DELETE", ["pins", ...one.name.split("/")]), `${one.name} is no pin any more: commit the change.`);
  };
  return h("section", { class: "card" }, h("h2", {}, "Pins"), h("div", { class: "scroll" }, h("table", { class: "list small" }, h("tbody", {}, pins.map((one) => h("tr", {},
    h("td", { class: "strong nowrap" }, one.name), h("td", { class: "nowrap" }, one.config ? link(one.config.slice(0, 12), ["config", one.config], {}, { class: "code" }) : "–"),
    h("td", { class: "dim" }, one.source ?? ""), h("td", { class: `dim ${one.reason ? "" : "nowrap"}`, title: one.reason ?? "" }, one.reason || one.state || ""),
    h("td", { class: "number" }, canWrite() ? h("button", { type: "button", class: "quiet", "aria-label": `Unpin ${one.name}`, onclick: () => drop(one) }, "×") : null)))))));
}

// What a config was derived from, with what differs, and what was derived from it.
async function lineage(config, life) {
  const parents = await Promise.all(config.parents.map(async (parent) => {
    try {
      return [parent, (await get(["configs", parent, "diff", config.id], {}, life.signal)).changes];
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return [parent, null];
    }
  }));
  const { configs: children } = await get(["configs"], { filter: `parents = '${config.id}'`, limit: 50 }, life.signal);
  if (!parents.length && !children.length) return null;
  return h("section", { class: "card" }, h("h2", {}, "Lineage"),
    parents.map(([parent, changes]) => [h("p", {}, "Derived from ", link(parent.slice(0, 12), ["config", parent], {}, { class: "code" }),
      changes ? [" · ", link(`${changes.length} ${changes.length === 1 ? "change" : "changes"}`, ["diff", parent, config.id])] : " (not here)"),
    changes?.length ? h("div", { class: "scroll" }, changeTable(changes, "small")) : null]),
    children.map((child) => h("p", {}, "Led to ", link(child.short_id, ["config", child.id], {}, { class: "code" }), " ", child.description,
      " · ", link("what differs", ["diff", config.id, child.id]))));
}

function changeTable(changes, kind = "") {
  return h("table", { class: `list ${kind}` }, h("thead", {}, h("tr", {}, ["", "before", "after"].map((name) => h("th", {}, name)))),
    h("tbody", {}, changes.map((one) => h("tr", {}, h("th", { scope: "row" }, one.path),
      h("td", { class: "old" }, one.texts.old ?? "–"), h("td", { class: "new" }, one.texts.new ?? "–")))));
}

export async function showConfigDiff(root, place, life) {
  const [, first, second] = place.parts;
  const { changes } = await get(["configs", first ?? "", "diff", second ?? ""], {}, life.signal);
  replace(root, h("h1", {}, "From ", link(first.slice(0, 12), ["config", first], {}, { class: "code" }), " to ", link(second.slice(0, 12), ["config", second], {}, { class: "code" })),
    h("div", { class: "card scroll" }, changes.length ? changeTable(changes) : h("p", {}, "They are the same.")));
}
