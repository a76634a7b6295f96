// One run: what it was given, what it measured, what it left.

import { address, canWrite, get, getBlob, send, upload } from "./api.js";
import { chart, controls } from "./chart.js";
import { confirmed, h, link, replace, tell, viewLink } from "./dom.js";
import { reportButton } from "./reports.js";
import { bytesText, countText, durationText, flat, numberText, timeText, valueText } from "./format.js";
import { save } from "./files.js";

const POINTS = 1200;
const PREVIEWED = 1 << 20;
const UPLOADED = 1 << 30; // the server takes no more

export async function showRun(root, place, life) {
  const id = place.parts[1] ?? "";
  let run = await get(["runs", id], {}, life.signal);
  const options = { by: "step", log: false, smooth: 0 };
  const head = h("div");
  const facts = h("div", { class: "columns-2" });
  const curves = h("div", { class: "figures" });
  const files = h("div");
  const pictures = h("div", { class: "figures" });
  const columns = h("div");
  let drawn = new Map();
  let listed = null;

  async function drawCurves() {
    const keys = Object.entries(run.metric_summaries).filter(([, one]) => one.count > 1).map(([key]) => key);
    if (!keys.length) return replace(curves);
    const { series } = await get(["metrics"], { run_id: run.run_id, key: keys, points: POINTS }, life.signal);
    const figures = series.map((one) => {
      const state = JSON.stringify([options, one.count, one.values.at(-1)]);
      const before = drawn.get(one.key);
      if (before?.state === state) return before;
      return { key: one.key, state, figure: chart(one.key, [{ ...one, label: one.key, place: 0 }], options) };
    });
    drawn = new Map(figures.map((one) => [one.key, one]));
    replace(curves, figures.map((one) => one.figure));
  }

  function draw() {
    document.title = `${run.run_name} · ${run.experiment_name}`;
    // What somebody is writing there stays until it is sent.
    if (!(head.contains(document.activeElement) && document.activeElement.value)) replace(head, heading(run, change, remove));
    replace(facts, ...parts(run));
    // A file that somebody is choosing or sending stays; so does a preview that is open.
    const state = JSON.stringify(run.artifacts);
    if (state !== listed) {
      listed = state;
      replace(files, artifacts(run, life, look));
      drawPictures();
    }
  }

  // What RunLogger kept: ROC curves, confusion matrices and the like, drawn by the server.
  async function drawPictures() {
    if (!run.artifacts.some((one) => one.type?.startsWith("gittrack/"))) return [pictures, columns].forEach((one) => replace(one));
    const { figures, parts } = await get(["runs", run.run_id, "figures"], {}, life.signal);
    const single = figures.filter((name) => !(name in parts));
    const drawn = await Promise.all(single.map((name) => picture(run, name, 0, life)));
    replace(pictures, drawn.filter(Boolean));
    replace(columns, Object.entries(parts).map(([name, count]) => gallery(run, name, count, life)));
  }

  async function change(parts, body, method = "POST") {
    try {
      await send(method, ["runs", run.run_id, ...parts], body);
      document.activeElement?.blur();
      await look();
    } catch (error) {
      tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
    }
  }

  async function remove() {
    if (!(await confirmed(`Delete ${run.run_name}?`, `git exp runs restore ${run.run_id.slice(0, 12)} brings it back.`, "Delete"))) return;
    try {
      await send("DELETE", ["runs", run.run_id]);
      tell(`Deleted. git exp runs restore ${run.run_id.slice(0, 12)} brings it back.`);
      location.hash = viewLink(["runs"], { experiment: run.experiment_id });
    } catch (error) {
      tell(error.message, "error");
    }
  }

  async function look() {
    const now = await get(["runs", run.run_id], {}, life.signal);
    if (now === run) return;
    run = now;
    draw();
    await drawCurves();
  }

  replace(root, head, facts,
    Object.values(run.metric_summaries).some((one) => one.count > 1) || run.status === "RUNNING"
      ? h("div", { class: "bar" }, h("h2", {}, "Curves"), h("span", { class: "spring" }), controls(options, () => drawCurves())) : null,
    curves, pictures, columns, files, await surroundings(run, life));
  draw();
  await drawCurves();
  life.poll(look, () => (run.status === "RUNNING" ? 1500 : 10_000));
}

function heading(run, change, remove) {
  const ended = run.status !== "RUNNING";
  const writable = canWrite() && (ended || run.is_open_here);
  return [
    h("p", { class: "path" }, link(run.experiment_name, ["runs"], { experiment: run.experiment_id }), " / "),
    h("div", { class: "bar" }, h("h1", { class: "clip" }, run.run_name), h("span", { class: `status ${run.status}` }, run.status.toLowerCase()),
      h("span", { class: "spring" }),
      run.parent_run_id ? link("Parent", ["run", run.parent_run_id], {}, { class: "button" }) : null,
      run.parent_run_id ? link("Compare with parent", ["compare"], { run: [run.parent_run_id, run.run_id] }, { class: "button" }) : null,
      reportButton({ run_id: run.run_id }),
      canWrite() && ended ? h("button", { type: "button", class: "danger", onclick: remove }, "Delete") : null),
    h("dl", { class: "facts" },
      fact("Started", timeText(run.start_time)), fact("Took", ended ? durationText(run.duration) : "still running"),
      fact("Number", run.number), fact("Trial", run.trial_number),
      fact("Id", h("code", {}, run.run_id)),
      run.config_id ? fact("Config", link(run.config_id.slice(0, 12), ["config", run.config_id], {}, { class: "code" })) : null,
      run.code?.head ? fact("Code", h("code", { title: run.code.dirty ? "with changes that were not committed" : "" }, run.code.head.slice(0, 12), run.code.dirty ? " + changes" : "", run.code.branch ? ` on ${run.code.branch}` : "")) : null,
      fact("Machine", run.host),
      fact("User", run.user),
      run.models.map((reference) => fact("Model", link(reference, ["model", reference.replace(/:\d+$/, "")])))),
    h("div", { class: "tags" },
      shownTags(run.tags).map(([key, value]) => h("span", { class: "tag" }, `${key}: ${value}`,
        writable ? h("button", { type: "button", class: "quiet", "aria-label": `Take the tag ${key} away`, onclick: () => change(["tags"], { tags: { [key]: null } }) }, "×") : null)),
      writable ? tagForm(change) : null),
    h("div", { class: "notes" }, run.notes.map((note) => h("blockquote", {}, note)), writable ? noteForm(change) : null),
  ];
}

function fact(name, value) {
  if (value === null || value === undefined || value === "") return null;
  return h("div", {}, h("dt", {}, name), h("dd", {}, value));
}

// What an integration keeps for itself is not shown, as in gittrack/runs/own_tags.py.
function shownTags(tags) {
  return Object.entries(tags).filter(([key]) => !key.startsWith("gittrack.mlflow."));
}

function tagForm(change) {
  const field = h("input", { placeholder: "tag: value", "aria-label": "New tag, as in name: value", size: 14 });
  return h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    const [key, ...rest] = field.value.split(":");
    if (key.trim()) change(["tags"], { tags: { [key.trim()]: rest.join(":").trim() } });
  } }, field, h("button", {}, "Tag"));
}

function noteForm(change) {
  const field = h("input", { placeholder: "A note for whoever comes after", "aria-label": "New note", class: "long" });
  return h("form", { class: "inline", onsubmit: (event) => {
    event.preventDefault();
    if (field.value.trim()) change(["notes"], { text: field.value.trim() });
  } }, field, h("button", {}, "Add the note"));
}

function parts(run) {
  const metrics = Object.entries(run.metric_summaries);
  const performance = Object.entries(run.performance);
  return [
    section("Parameters", flat(run.params).map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, value === null ? h("span", { class: "none" }, "null") : valueText(value))))),
    metrics.length ? h("section", { class: "card" }, h("h2", {}, "Metrics"), h("div", { class: "scroll" }, h("table", { class: "list small" },
      h("thead", {}, h("tr", {}, h("th", {}, ""), ["last", "min", "max", "points"].map((name) => h("th", { class: "number" }, name)))),
      h("tbody", {}, metrics.map(([key, one]) => h("tr", {}, h("th", { scope: "row" }, key),
        [one.last, one.min, one.max, one.count].map((value) => h("td", { class: "number", title: valueText(value) }, numberText(value))))))))) : null,
    performance.length ? section("Performance", performance.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", { class: "number" }, numberText(value))))) : null,
    run.validations.length ? section("Validations", run.validations.map((one) => h("tr", {},
      h("th", { scope: "row" }, one.name), h("td", {}, h("span", { class: `status ${one.passed ? "FINISHED" : "FAILED"}` }, one.passed ? "passed" : "failed")),
      h("td", {}, one.num_violations ? `${one.num_violations} violation${one.num_violations === 1 ? "" : "s"}` : "",
        Object.entries(one.metrics).map(([key, value]) => ` ${key} ${numberText(value)}`))))) : null,
    Object.keys(run.details ?? {}).length ? section("Details", flat(run.details).map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, h("pre", {}, valueText(value)))))) : null,
  ];
}

function section(title, rows) {
  if (!rows.length) return null;
  return h("section", { class: "card" }, h("h2", {}, title), h("div", { class: "scroll" }, h("table", { class: "list small" }, h("tbody", {}, rows))));
}

// A record with a picture for each column of data: drawn once somebody opens it.
function gallery(run, name, count, life) {
  const inner = h("div", { class: "figures" });
  const element = h("details", { class: "card" }, h("summary", {}, h("h2", {}, name), h("span", { class: "dim" }, countText(count, "picture"))), inner);
  element.addEventListener("toggle", async () => {
    if (!element.open || inner.childElementCount) return;
    try {
      replace(inner, await Promise.all(Array.from({ length: count }, (_, part) => picture(run, name, part, life))));
    } catch (error) {
      if (!life.signal.aborted) tell(error.message, "error");
    }
  });
  return element;
}

async function picture(run, name, part, life) {
  try {
    const url = URL.createObjectURL(await getBlob(["runs", run.run_id, "figures", ...name.split("/")], life.signal, part ? { part } : {}));
    life.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    return h("figure", { class: "card figure" }, h("img", { class: "drawn", src: url, alt: `${name}${part ? `, picture ${part + 1},` : ""} of ${run.run_name}` }));
  } catch (error) {
    if (life.signal.aborted) throw error;
    return h("figure", { class: "card figure" }, h("figcaption", { class: "clip" }, name), h("p", { class: "dim" }, error.message));
  }
}

function artifacts(run, life, look) {
  const writable = canWrite() && (run.status !== "RUNNING" || run.is_open_here);
  if (!run.artifacts.length && !writable) return null;
  const view = h("div", { class: "preview" });
  const show = (one) => preview(view, run, one, life);
  return h("section", { class: "card" }, h("h2", {}, "Artifacts"), run.artifacts.length ? h("div", { class: "scroll" }, h("table", { class: "list small files" }, h("tbody", {},
    [...run.artifacts].sort((a, b) => a.path.localeCompare(b.path)).map((one) => h("tr", {},
      h("td", {}, h("button", { type: "button", class: "link", onclick: () => show(one) }, one.path)),
      h("td", { class: "number nowrap" }, bytesText(one.size)),
      h("td", { class: "code dim nowrap wide", title: `SHA-256 ${one.sha256}` }, one.sha256.slice(0, 12)),
      h("td", { class: "number" }, canWrite() ? h("button", { type: "button", onclick: () => download(run, one) }, "Save")
        : h("a", { class: "button", href: address(["runs", run.run_id, "artifacts", ...one.path.split("/")]), download: one.path.split("/").at(-1) }, "Save"))))))) : null,
    writable ? uploadForm(run, look) : null, view);
}

// Files are stored below a folder of the run's artifacts, one after the other.
function uploadForm(run, look) {
  const file = h("input", { type: "file", multiple: true, "aria-label": "Files to add", required: true });
  const folder = h("input", { placeholder: "folder (optional)", "aria-label": "Folder for the files", size: 16 });
  const state = h("span", { class: "dim", role: "status" });
  const button = h("button", {}, "Add files");
  return h("form", { class: "bar upload", onsubmit: async (event) => {
    event.preventDefault();
    const large = [...file.files].find((one) => one.size > UPLOADED);
    if (large) return tell(`${large.name} has ${bytesText(large.size)}: up to ${bytesText(UPLOADED)} can be sent from here. Use: git exp artifacts put`, "error");
    button.disabled = true;
    try {
      for (const one of file.files) {
        const path = [folder.value.trim().replace(/^\/+|\/+$/g, ""), one.name].filter(Boolean).join("/");
        if (run.artifacts.some((known) => known.path === path) && !(await confirmed(`Replace ${path}?`, "The file that is there stays in git's history.", "Replace"))) continue;
        await upload(["runs", run.run_id, "artifacts"], { path, replace: "true" }, one, (share) => { state.textContent = `${one.name}: ${Math.round(share * 100)} %`; });
      }
      state.textContent = "";
      await look();
    } catch (error) {
      state.textContent = "";
      tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
    } finally {
      button.disabled = false;
    }
  } }, file, folder, button, h("span", { class: "dim" }, `up to ${bytesText(UPLOADED)} each`), state);
}

async function download(run, one) {
  try {
    save(one.path.split("/").at(-1), await getBlob(["runs", run.run_id, "artifacts", ...one.path.split("/")]));
  } catch (error) {
    tell(error.message, "error");
  }
}

async function preview(view, run, one, life) {
  const found = (await get(["runs", run.run_id, "artifacts"], {}, life.signal)).artifacts.find((known) => known.path === one.path);
  if (!found?.preview || one.size > PREVIEWED * (found.preview === "image" ? 20 : 1)) {
    return replace(view, h("p", { class: "dim" }, found?.preview ? "It is too large to be shown here." : "It is neither an image nor a text: save it."));
  }
  try {
    const blob = await getBlob(["runs", run.run_id, "artifacts", ...one.path.split("/")], life.signal);
    if (found.preview === "text") return replace(view, h("h3", {}, one.path), h("pre", { class: "file", tabindex: 0 }, await blob.text()));
    const url = URL.createObjectURL(blob);
    life.signal.addEventListener("abort", () => URL.revokeObjectURL(url));
    replace(view, h("h3", {}, one.path), h("img", { src: url, alt: one.path }));
  } catch (error) {
    tell(error.message, "error");
  }
}

async function surroundings(run, life) {
  const { environment } = await get(["runs", run.run_id, "environment"], {}, life.signal);
  const rows = flat(environment);
  if (!rows.length) return null;
  return h("details", { class: "card" }, h("summary", {}, h("h2", {}, "Environment"), h("span", { class: "dim" }, `${rows.length} facts`)),
    h("div", { class: "scroll" }, h("table", { class: "list small" }, h("tbody", {}, rows.map(([key, value]) => h("tr", {}, h("th", { scope: "row" }, key), h("td", {}, valueText(value))))))));
}
