// Models and their versions.

import { get } from "./api.js";
import { h, link, replace } from "./dom.js";
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
      h("tbody", {}, model.records.map((one) => h("tr", {}, h("td", { class: "strong" }, one.number ?? one.version), h("td", {}, one.stage === "None" ? "" : one.stage),
        h("td", {}, one.aliases.map((alias) => h("span", { class: "tag" }, alias))),
        h("td", {}, one.run_id ? link(one.run_id.slice(0, 12), ["run", one.run_id], {}, { class: "code" }) : ""),
        h("td", {}, Object.entries(one.metrics ?? {}).slice(0, 4).map(([key, value]) => h("div", {}, `${key} ${numberText(value)}`))),
        h("td", { class: "number nowrap" }, one.size ? bytesText(one.size) : ""), h("td", { class: "dim nowrap" }, timeText(one.created_at))))))));
}
