// The page: which view is shown, its pollers, theme and token.

import { ApiError, canWrite, get, setToken, takeToken } from "./api.js";
import { ask, h, link, replace, tell } from "./dom.js";
import { showCompare } from "./compare.js";
import { showConfig, showConfigDiff, showConfigs } from "./configs.js";
import { showExperiments } from "./experiments.js";
import { showModel, showModels } from "./models.js";
import { showRun } from "./run.js";
import { showRuns } from "./runs.js";
import { showStudy } from "./study.js";

const VIEWS = {
  "": [showExperiments, "Experiments"],
  runs: [showRuns, "Runs"],
  run: [showRun, "Run"],
  compare: [showCompare, "Compare"],
  study: [showStudy, "Study"],
  configs: [showConfigs, "Configs"],
  config: [showConfig, "Config"],
  diff: [showConfigDiff, "Diff"],
  models: [showModels, "Models"],
  model: [showModel, "Model"],
};
const MENU = [["Experiments", []], ["Runs", ["runs"]], ["Configs", ["configs"]], ["Models", ["models"]]];
const THEMES = ["auto", "light", "dark"];

let leave = new AbortController();

// What a view has while it is shown: a signal of its end, and polling that stops with it.
function life(signal) {
  return {
    signal,
    // Calls `work` again and again, `wait()` milliseconds apart, while the page is looked at.
    poll(work, wait) {
      const later = () => {
        const timer = setTimeout(async () => {
          if (!document.hidden) {
            try {
              await work();
              delete document.body.dataset.offline;
            } catch (error) {
              if (signal.aborted) return;
              if (error instanceof TypeError) document.body.dataset.offline = "";
              else if (!(error instanceof ApiError)) throw error;
            }
          }
          if (!signal.aborted) later();
        }, wait());
        signal.addEventListener("abort", () => clearTimeout(timer), { once: true });
      };
      later();
    },
  };
}

function place() {
  const [path, query] = location.hash.replace(/^#\/?/, "").split("?");
  let parts = [];
  try {
    parts = path.split("/").filter(Boolean).map(decodeURIComponent);
  } catch {
    parts = ["nowhere"];
  }
  return { parts, query: new URLSearchParams(query ?? "") };
}

async function show() {
  leave.abort();
  leave = new AbortController();
  const signal = leave.signal;
  const { parts, query } = place();
  const main = document.getElementById("main");
  const [view, title] = VIEWS[parts[0] ?? ""] ?? [null, "Not found"];
  document.title = `${[...parts.slice(1), title].join(" · ")} – ${repository}`;
  mark(parts[0] ?? "");
  replace(main, h("p", { class: "waiting" }, "Loading …"));
  try {
    if (!view) throw new ApiError(404, { message: "There is no such view." });
    await view(main, { parts, query }, life(signal));
  } catch (error) {
    if (signal.aborted) return;
    if (error instanceof ApiError && error.status === 401) return askForToken();
    console.error(error);
    replace(main, h("div", { class: "card wrong" }, h("h1", {}, "This did not work"),
      h("p", {}, error.message), error.hint ? h("p", { class: "dim" }, error.hint) : null,
      link("Back to the experiments", [])));
  }
}

async function askForToken() {
  const token = await ask("The server's token", (close) => {
    const field = h("input", { type: "password", "aria-label": "Token", autocomplete: "off" });
    return h("form", { method: "dialog", onsubmit: (event) => { event.preventDefault(); close(field.value.trim()); } },
      h("p", {}, "Whoever started the server sees it in the terminal."), field,
      h("div", { class: "buttons" }, h("button", { class: "primary" }, "Use it")));
  });
  if (token) {
    setToken(token);
    header();
    show();
  }
}

let repository = "gittrack";

function mark(first) {
  const home = { "": "", study: "", run: "runs", compare: "runs", config: "configs", diff: "configs", model: "models" };
  const active = home[first] ?? first;
  for (const one of document.querySelectorAll("#top nav a")) {
    const mine = one.getAttribute("href") === `#/${active}`;
    if (mine) one.setAttribute("aria-current", "page");
    else one.removeAttribute("aria-current");
  }
}

function themeButton() {
  const stored = () => localStorage.getItem("gittrack-theme") ?? "auto";
  const button = h("button", { type: "button", class: "quiet", title: "Colours: automatic, light, dark" });
  const apply = () => {
    const theme = stored();
    if (theme === "auto") delete document.documentElement.dataset.theme;
    else document.documentElement.dataset.theme = theme;
    button.textContent = { auto: "◐", light: "☀", dark: "☾" }[theme];
    button.setAttribute("aria-label", `Colours: ${theme}`);
  };
  button.addEventListener("click", () => {
    localStorage.setItem("gittrack-theme", THEMES[(THEMES.indexOf(stored()) + 1) % THEMES.length]);
    apply();
  });
  apply();
  return button;
}

function header() {
  const access = canWrite()
    ? h("span", { class: "badge", title: "This tab has the token: notes, tags and deletion are possible" }, "can write")
    : h("button", { type: "button", class: "quiet", onclick: askForToken, title: "Writing needs the token" }, "read only");
  replace(document.getElementById("top"),
    h("a", { class: "home", href: "#/" }, h("img", { src: "/assets/icon.svg", alt: "", width: 22, height: 22 }), h("b", {}, repository)),
    h("nav", { "aria-label": "Views" }, MENU.map(([text, path]) => link(text, path))),
    h("span", { class: "spring" }), access, themeButton());
}

async function start() {
  takeToken();
  header();
  try {
    repository = (await get(["about"])).repository;
    header();
  } catch (error) {
    if (error instanceof ApiError && error.status === 401) return askForToken();
    tell(error.message, "error");
  }
  await show();
}

addEventListener("hashchange", () => {
  if (location.hash.startsWith("#token=")) {
    takeToken();
    header();
  }
  if (location.hash !== "#main") show();
});
start();
