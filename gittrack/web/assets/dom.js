// Elements made from data: every text goes in as text, never as markup.

const SVG = "http://www.w3.org/2000/svg";

function fill(element, properties, children) {
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value") element.value = value;
    else if (name === "checked") element.checked = value;
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  append(element, children);
  return element;
}

function append(element, children) {
  for (const child of children.flat(Infinity)) {
    if (child === null || child === undefined || child === false) continue;
    element.append(child instanceof Node ? child : String(child));
  }
}

export function h(tag, properties, ...children) {
  return fill(document.createElement(tag), properties, children);
}

export function svg(tag, properties, ...children) {
  return fill(document.createElementNS(SVG, tag), properties, children);
}

export function replace(element, ...children) {
  element.replaceChildren();
  append(element, children);
}

// A link to a view of this page: `path` are its parts, `query` its parameters (lists repeat).
export function viewLink(path, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") parameters.append(name, one);
    }
  }
  const text = parameters.toString();
  return `#/${path.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

export function link(text, path, query, properties) {
  return h("a", { href: viewLink(path, query), ...properties }, text);
}

let counter = 0;
export function freshId(prefix) {
  counter += 1;
  return `${prefix}-${counter}`;
}

// A dialog that asks for something: `build(close)` gives its content; resolves with what it closes.
export function ask(title, build) {
  return new Promise((resolve) => {
    const label = freshId("dialog");
    const dialog = h("dialog", { "aria-labelledby": label });
    let answer = null;
    const close = (value) => {
      answer = value;
      dialog.close();
    };
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(answer);
    });
    append(dialog, [h("h2", { id: label }, title), build(close)]);
    document.body.append(dialog);
    dialog.showModal();
  });
}

export function confirmed(title, text, verb) {
  return ask(title, (close) => [
    h("p", {}, text),
    h("div", { class: "buttons" },
      h("button", { type: "button", onclick: () => close(false) }, "Cancel"),
      h("button", { type: "button", class: "danger", onclick: () => close(true) }, verb)),
  ]);
}

// A notice that goes away by itself; `action` is a button in it: a verb, and what it does.
export function tell(text, kind = "note", action = null) {
  const message = h("div", { class: `message ${kind}` }, text,
    action ? [" ", h("button", { type: "button", onclick: () => { message.remove(); action[1](); } }, action[0])] : null);
  document.getElementById("messages").append(message);
  setTimeout(() => message.remove(), kind === "error" || action ? 15_000 : 4000);
}
