// Reports as files: made by the server, saved by the browser.

import { getBlob } from "./api.js";
import { h, tell } from "./dom.js";
import { save } from "./files.js";

// A button that saves the report of `query`: run_id (one, or several to compare) or study.
export function reportButton(query) {
  const button = h("button", { type: "button", title: "One HTML file with everything in it, to be mailed or printed", onclick: async () => {
    button.disabled = true;
    try {
      const kind = query.study ? "study" : [query.run_id].flat().length > 1 ? "comparison" : "run";
      save(`${kind}-report.html`, await getBlob(["report"], undefined, query), "text/html");
    } catch (error) {
      tell(`${error.message}${error.hint ? ` (${error.hint})` : ""}`, "error");
    } finally {
      button.disabled = false;
    }
  } }, "Report");
  return button;
}
