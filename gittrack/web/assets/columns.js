// Choosing columns: which, and in which order.

import { ask, h, replace } from "./dom.js";

const GROUPS = [["", "About the run"], ["metrics", "Metrics"], ["params", "Parameters"], ["tags", "Tags"], ["validations", "Validations"]];

// Asks for columns; resolves with the fields chosen, or null.
export function chooseColumns(known, chosen) {
  let wanted = [...chosen];
  return ask("Columns", (close) => {
    const mine = h("ol", { class: "chosen" });
    const others = h("div", { class: "others" });
    const find = h("input", { type: "search", placeholder: "Find, or name one: metrics.loss.min", "aria-label": "Find a column", oninput: () => draw() });

    function move(place, by) {
      const [field] = wanted.splice(place, 1);
      wanted.splice(Math.max(0, place + by), 0, field);
      draw();
      mine.children[Math.max(0, Math.min(wanted.length - 1, place + by))]?.querySelector("button")?.focus();
    }
    function toggle(field) {
      wanted = wanted.includes(field) ? wanted.filter((one) => one !== field) : [...wanted, field];
      draw();
    }
    function draw() {
      replace(mine, wanted.map((field, place) => h("li", {},
        h("span", { class: "clip" }, field),
        h("button", { type: "button", class: "quiet", "aria-label": `${field}: earlier`, onclick: () => move(place, -1) }, "↑"),
        h("button", { type: "button", class: "quiet", "aria-label": `${field}: later`, onclick: () => move(place, 1) }, "↓"),
        h("button", { type: "button", class: "quiet", "aria-label": `${field}: leave out`, onclick: () => toggle(field) }, "×"))));
      const text = find.value.trim().toLowerCase();
      const found = known.filter((one) => one.name.toLowerCase().includes(text));
      const own = text && !known.some((one) => one.field.toLowerCase() === text)
        ? h("button", { type: "button", onclick: () => toggle(find.value.trim()) }, `Add ${find.value.trim()}`) : null;
      replace(others, own, GROUPS.map(([group, title]) => {
        const members = found.filter((one) => one.group === group);
        if (!members.length) return null;
        return h("fieldset", {}, h("legend", {}, title), members.map((one) => h("label", { class: "clip" },
          h("input", { type: "checkbox", checked: wanted.includes(one.field), onchange: () => toggle(one.field) }),
          group ? one.name.slice(group.length + 1) : one.name)));
      }));
    }
    draw();
    return [h("div", { class: "columns" }, h("div", {}, h("h3", {}, "Shown, from left to right"), mine), h("div", {}, find, others)),
      h("div", { class: "buttons" },
        h("button", { type: "button", onclick: () => close([]) }, "As at first"),
        h("button", { type: "button", onclick: () => close(null) }, "Cancel"),
        h("button", { type: "button", class: "primary", onclick: () => close(wanted) }, "Show them"))];
  });
}
