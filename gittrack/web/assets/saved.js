// Saved views of the table of runs: queries that lie in the repository as files.

import { ApiError, canWrite, get, send } from "./api.js";
import { ask, confirmed, h, replace, tell, viewLink } from "./dom.js";

// A menu with the saved views; `state` is what the table shows now, `go(link)` shows another.
export async function savedViews(state, go, life) {
  const box = h("div");
  const menu = h("details", { class: "menu" }, h("summary", { class: "button" }, "Views"), box);

  async function draw() {
    let queries = [];
    try {
      ({ queries } = await get(["queries"], {}, life.signal));
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      return replace(box, h("p", { class: "dim" }, error.message));
    }
    const shown = queries.filter((one) => !one.group_by.length);
    replace(box,
      shown.length ? shown.map((one) => h("div", { class: "inline" },
        h("button", { type: "button", class: "wide-button", title: one.where, onclick: () => open(one) }, one.name),
        canWrite() ? h("button", { type: "button", class: "quiet", "aria-label": `Forget the view ${one.name}`, onclick: () => forget(one) }, "×") : null))
        : h("p", { class: "dim" }, "No view is saved yet."),
      canWrite() ? h("button", { type: "button", onclick: keep }, "Save this view …") : null);
  }

  function open(one) {
    menu.open = false;
    go(viewLink(["runs"], { experiment: one.experiments, filter: one.where, order: one.sort, column: one.columns }));
  }

  async function keep() {
    menu.open = false;
    const name = await ask("Save this view", (close) => {
      const field = h("input", { "aria-label": "Name", required: true, placeholder: "best-losses", autocomplete: "off" });
      return h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); close(field.value.trim()); } },
        h("p", {}, "Its filter, order and columns become a file below .exptrack/queries/: commit it to share it."), field,
        h("div", { class: "buttons" }, h("button", { type: "button", onclick: () => close(null) }, "Cancel"), h("button", { class: "primary" }, "Save")));
    });
    if (!name) return;
    const body = { name, where: state.filter, sort: state.order, experiments: state.experiment, columns: state.columns };
    await attempt(() => send("POST", ["queries"], body), `Saved as ${name}: git exp runs list --use ${name}`);
  }

  async function forget(one) {
    if (!(await confirmed(`Forget the view ${one.name}?`, "Its file goes from the work tree; git has it where it was committed.", "Forget"))) return;
    await attempt(() => send("DELETE", ["queries", ...one.name.split("/")]), `${one.name} is gone.`);
  }

  async function attempt(work, done) {
    try {
      await work();
      tell(done);
      await draw();
    } catch (error) {
      tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
    }
  }

  await draw();
  return menu;
}
