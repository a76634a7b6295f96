// Models and their versions.

import { canWrite, get, send } from "./api.js";
import { confirmed, h, link, replace, tell } from "./dom.js";
import { bytesText, numberText, timeText } from "./format.js";

export async function showModels(root, place, life) {
  const { models } = await get(["models"], {}, life.signal);
  replace(root, h("div", { class: "bar" }, h("h1", {}, "Models")),
    models.length ? h("div", { class: "card scroll" }, h("table", { class: "list" },
      h("thead", {}, h("tr", {}, ["Model", "Latest", "Aliases", "Description"].map((name) => h("th", {}, name)))),
      h("tbody", {}, models.map((one) => h("tr", {}, h("td", {}, link(one.name, ["model", one.name], {}, { class: "strong" })), h("td", {}, one.latest ?? "–"),
        h("td", {}, Object.entries(one.aliases).map(([alias, version]) => h("span", { class: "tag" }, `${alias}: ${version}`))), h("td", { class: "dim" }, one.description))))))
      : h("div", { class: "card" }, h("p", {}, "No model is registered yet: git exp models register")));
}

export async function showModel(root, place, life) {
  const model = await get(["models", place.parts[1] ?? ""], {}, life.signal);
  replace(root, h("p", { class: "path" }, link("Models", ["models"]), " / "), h("h1", {}, model.name), h("p", { class: "dim" }, model.description),
    h("div", { class: "card scroll" }, h("table", { class: "list" },
      h("thead", {}, h("tr", {}, ["Version", "Stage", "Aliases", "Made by", "Metrics", "Size", "Registered"].map((name) => h("th", {}, name)))),
      h("tbody", {}, model.records.map((one) => h("tr", {}, h("td", { class: "strong" }, one.number ?? one.version), h("td", {}, canWrite() ? stageChoice(model, one) : one.stage === "None" ? "" : one.stage),
        h("td", {}, one.aliases.map((alias) => h("span", { class: "tag" }, alias,
          canWrite() ? h("button", { type: "button", class: "quiet", "aria-label": `Take the alias ${alias} away`, onclick: () => dropAlias(model, alias, one) }, "×") : null)),
        canWrite() ? aliasForm(model, one) : null),
        h("td", {}, one.run_id ? link(one.run_id.slice(0, 12), ["run", one.run_id], {}, { class: "code" }) : ""),
        h("td", {}, Object.entries(one.metrics ?? {}).slice(0, 4).map(([key, value]) => h("div", {}, `${key} ${numberText(value)}`))),
        h("td", { class: "number nowrap" }, one.size ? bytesText(one.size) : ""), h("td", { class: "dim nowrap" }, timeText(one.created_at))))))));
}

const STAGES = ["None", "Staging", "Production", "Archived"];

// Does something, and shows the view anew.
async function act(work, done) {
  try {
    await work();
    tell(done);
  } catch (error) {
    tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
  }
  dispatchEvent(new HashChangeEvent("hashchange"));
}

function stageChoice(model, one) {
  const version = String(one.number ?? one.version);
  return h("select", { "aria-label": `Stage of version ${version}`, onchange: (event) => {
    const stage = event.target.value;
    act(() => send("PATCH", ["models", model.name, "versions", version], { stage }), `Version ${version}: ${stage === "None" ? "no stage" : stage}`);
  } }, STAGES.map((stage) => h("option", { value: stage, selected: stage === one.stage }, stage === "None" ? "–" : stage)));
}

function aliasForm(model, one) {
  const version = String(one.number ?? one.version);
  const field = h("input", { placeholder: "alias", "aria-label": `New alias of version ${version}`, size: 9, required: true, autocomplete: "off" });
  return h("form", { class: "inline", onsubmit: async (event) => {
    event.preventDefault();
    const alias = field.value.trim();
    const before = model.aliases[alias];
    if (before !== undefined && String(before) !== version && !(await confirmed(`Move the alias ${alias}?`, `It leads to version ${before} now. To move it back: git exp models alias ${model.name} ${before} ${alias}`, "Move it"))) return;
    await act(() => send("POST", ["models", model.name, "aliases"], { alias, version }), `${alias} leads to version ${version}`);
  } }, field, h("button", {}, "Set"));
}

async function dropAlias(model, alias, one) {
  const version = one.number ?? one.version;
  if (!(await confirmed(`Take the alias ${alias} away?`, `To set it again: git exp models alias ${model.name} ${version} ${alias}`, "Take it away"))) return;
  await act(() => send("DELETE", ["models", model.name, "aliases", alias]), `${alias} is gone.`);
}
