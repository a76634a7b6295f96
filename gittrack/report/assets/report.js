"use strict";
// Brings the pictures of a page to life. Everything is there without it; nothing is fetched.
(() => {
  const color = (name) => getComputedStyle(document.documentElement).getPropertyValue("--" + name).trim();
  const make = (tag, properties = {}, ...children) => {
    const made = Object.assign(document.createElement(tag), properties);
    made.append(...children);
    return made;
  };
  const short = (value) => {
    if (value === null || value === undefined || !isFinite(value)) return "";
    const size = Math.abs(value);
    return size !== 0 && (size < 1e-4 || size >= 1e7) ? value.toExponential(3) : String(+value.toPrecision(5));
  };
  const SERIES = 8;

  // Curves: an average that forgets, without bias at its start; gaps stay gaps.
  const smoothed = (values, weight) => {
    if (!weight) return values;
    let sum = 0, norm = 0;
    return values.map((value) => {
      if (value === null) return null;
      sum = weight * sum + (1 - weight) * value;
      norm = weight * norm + (1 - weight);
      return sum / norm;
    });
  };

  class Curves {
    constructor(figure, data) {
      this.figure = figure;
      this.data = data;
      this.hidden = new Set();
      this.log = data.log;
      this.weight = 0;
      this.byTime = false;
      this.keys = make("div", { className: "keys" });
      this.chart = make("div", { className: "chart", tabIndex: 0 });
      this.chart.setAttribute("role", "group");
      this.chart.setAttribute("aria-label", data.title + ": arrow keys read values, Escape shows all");
      this.values = [];
      figure.append(this.tools(), this.chart, this.legend());
      figure.classList.add("live");
      this.chart.addEventListener("keydown", (event) => this.key(event));
      this.draw();
      new ResizeObserver(() => {
        const wide = this.chart.clientWidth;
        if (wide && wide !== this.wide) requestAnimationFrame(() => this.draw());
      }).observe(this.chart);
    }

    tools() {
      const bar = make("div", { className: "tools" });
      const log = make("input", { type: "checkbox", checked: this.log });
      log.addEventListener("change", () => { this.log = log.checked; this.draw(); });
      bar.append(make("label", {}, log, "log scale"));
      if (this.data.series.some((one) => one.y.length > 20)) {
        const range = make("input", { type: "range", min: 0, max: 0.98, step: 0.02, value: 0 });
        range.addEventListener("input", () => { this.weight = +range.value; this.draw(); });
        bar.append(make("label", {}, "smooth", range));
      }
      if (this.data.series.every((one) => one.t.length)) {
        const pick = make("select", {}, make("option", { value: "" }, this.data.x), make("option", { value: "t" }, "seconds"));
        pick.addEventListener("change", () => { this.byTime = pick.value === "t"; this.draw(); });
        bar.append(make("label", {}, "by", pick));
      }
      this.whole = make("button", { type: "button", hidden: true }, "show all");
      this.whole.addEventListener("click", () => this.draw());
      bar.append(this.whole);
      return bar;
    }

    legend() {
      this.data.series.forEach((one, number) => {
        const mark = make("i", { className: one.dashed || (number >> 3) % 2 ? "dashed" : "" });
        const value = make("b");
        const button = make("button", { type: "button" }, mark, one.name, value);
        button.setAttribute("aria-pressed", "true");
        button.addEventListener("click", (event) => {
          if (event.shiftKey) this.data.series.forEach((_, other) => this.hidden[other === number ? "delete" : "add"](other));
          else this.hidden[this.hidden.has(number) ? "delete" : "add"](number);
          [...this.keys.children].forEach((key, other) => key.setAttribute("aria-pressed", String(!this.hidden.has(other))));
          this.draw();
        });
        button.title = "show or hide; with Shift, this one alone";
        this.values.push(value);
        this.keys.append(button);
      });
      return this.keys;
    }

    table() {
      const tables = this.data.series.map((one) => {
        const x = this.byTime ? one.t : one.x;
        let y = smoothed(one.y, this.weight);
        if (this.log) y = y.map((value) => (value > 0 ? value : null));
        const order = x.map((_, place) => place).filter((place) => x[place] !== null).sort((a, b) => x[a] - x[b]);
        return [order.map((place) => x[place]), order.map((place) => y[place])];
      });
      return uPlot.join(tables);
    }

    draw() {
      const wide = this.chart.clientWidth;
      if (!wide) return;
      this.wide = wide;
      if (this.plot) this.plot.destroy();
      const axis = {
        stroke: color("soft"), font: "12px system-ui, sans-serif", labelFont: "12px system-ui, sans-serif",
        grid: { stroke: color("grid"), width: 1 }, ticks: { stroke: color("grid"), width: 1, size: 4 },
      };
      const table = this.table();
      this.plot = new uPlot({
        width: wide,
        height: Math.max(220, Math.min(300, wide * 0.55)),
        legend: { show: false },
        cursor: { drag: { x: true, y: false }, points: { size: 6 } },
        scales: { x: { time: false }, y: { distr: this.log ? 3 : 1 } },
        axes: [
          { ...axis, label: this.byTime ? "seconds since the start" : this.data.x, labelSize: 20, size: 34 },
          { ...axis, size: 58, values: (_, ticks) => ticks.map((tick) => (tick === null ? "" : short(tick))) },
        ],
        series: [{}, ...this.data.series.map((one, number) => ({
          label: one.name,
          stroke: color("s" + (number % SERIES)),
          dash: one.dashed || (number >> 3) % 2 ? [6, 4] : undefined,
          width: 1.8,
          show: !this.hidden.has(number),
          points: { show: one.y.length <= 40, size: 5 },
        }))],
        hooks: {
          setCursor: [(plot) => this.read(plot)],
          setScale: [(plot, key) => { if (key === "x") this.zoomed(plot); }],
        },
      }, table, this.chart);
      [...this.keys.children].forEach((key, number) => { key.firstChild.style.borderColor = color("s" + (number % SERIES)); });
      this.whole.hidden = true;
    }

    zoomed(plot) {
      const x = plot.data[0];
      const { min, max } = plot.scales.x;
      this.whole.hidden = !x.length || (min <= x[0] && max >= x[x.length - 1]);
    }

    read(plot) {
      const place = plot.cursor.idx;
      this.values.forEach((told, number) => {
        let at = place;
        const column = plot.data[number + 1];
        if (at !== null && at !== undefined) while (at > 0 && (column[at] === undefined || column[at] === null)) at -= 1;
        const value = at === null || at === undefined ? null : column[at];
        told.textContent = value === null || value === undefined ? "" : short(value) + " at " + short(plot.data[0][at]);
      });
    }

    key(event) {
      if (event.key === "Escape") { this.draw(); return; }
      const way = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      if (!way || !this.plot) return;
      event.preventDefault();
      const x = this.plot.data[0];
      const old = this.plot.cursor.idx;
      const next = Math.max(0, Math.min(x.length - 1, (old === null || old === undefined ? -1 : old) + way));
      this.plot.setCursor({ left: this.plot.valToPos(x[next], "x"), top: 20 });
    }
  }

  const curves = [];
  document.querySelectorAll("figure.lines").forEach((figure) => {
    const data = figure.querySelector("script[type='application/json']");
    if (data) curves.push(new Curves(figure, JSON.parse(data.textContent)));
  });
  const redraw = () => curves.forEach((one) => one.draw());
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", redraw);

  // What a mark says, at once and beside the pointer.
  const tip = make("div", { className: "tip", hidden: true });
  document.body.append(tip);
  const said = new WeakMap();
  document.querySelectorAll(".mark > title").forEach((title) => {
    said.set(title.parentNode, title.textContent);
    title.parentNode.setAttribute("aria-label", title.textContent);
    title.remove();
  });
  document.addEventListener("pointermove", (event) => {
    const mark = event.target.closest ? event.target.closest(".mark") : null;
    tip.hidden = !mark;
    if (!mark) return;
    tip.textContent = said.get(mark) || "";
    const left = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    tip.style.left = left + "px";
    tip.style.top = (event.clientY + 40 > innerHeight ? event.clientY - 40 : event.clientY + 16) + "px";
  });

  // Parallel coordinates: a range on an axis keeps the lines that go through it.
  document.querySelectorAll("figure.parallel svg").forEach((svg) => {
    const rows = [...svg.querySelectorAll("path.row")];
    const spots = rows.map((row) => row.dataset.spots.split(",").map((spot) => (spot === "" ? null : +spot)));
    const ranges = new Map();
    const show = () => rows.forEach((row, number) => {
      const inside = [...ranges].every(([axis, [top, bottom]]) => {
        const spot = spots[number][axis];
        return spot !== null && spot >= top && spot <= bottom;
      });
      row.classList.toggle("out", !inside);
    });
    svg.querySelectorAll("rect.brush").forEach((brush, axis) => {
      const box = { top: +brush.getAttribute("y"), tall: +brush.getAttribute("height") };
      const chosen = document.createElementNS(svg.namespaceURI, "rect");
      for (const name of ["x", "width"]) chosen.setAttribute(name, brush.getAttribute(name));
      chosen.setAttribute("class", "chosen");
      const set = (one, two) => {
        const top = Math.max(box.top, Math.min(one, two)), bottom = Math.min(box.top + box.tall, Math.max(one, two));
        if (bottom - top < 3) { ranges.delete(axis); chosen.remove(); } else {
          ranges.set(axis, [top, bottom]);
          chosen.setAttribute("y", top);
          chosen.setAttribute("height", bottom - top);
          brush.after(chosen);
        }
        show();
      };
      const down = (event) => new DOMPoint(event.clientX, event.clientY).matrixTransform(svg.getScreenCTM().inverse()).y;
      let from = null;
      brush.setAttribute("tabindex", "0");
      brush.setAttribute("role", "button");
      brush.setAttribute("aria-label", "choose a range: drag, or arrow keys; Escape takes all");
      brush.addEventListener("pointerdown", (event) => { from = down(event); brush.setPointerCapture(event.pointerId); event.preventDefault(); });
      brush.addEventListener("pointermove", (event) => { if (from !== null) set(from, down(event)); });
      brush.addEventListener("pointerup", (event) => { if (from !== null) set(from, down(event)); from = null; });
      brush.addEventListener("keydown", (event) => {
        if (event.key === "Escape") { set(0, 0); return; }
        const way = { ArrowUp: -1, ArrowDown: 1 }[event.key];
        if (!way) return;
        event.preventDefault();
        const part = box.tall / 8;
        const [top] = ranges.get(axis) || [way > 0 ? box.top - part : box.top + box.tall - part];
        const start = Math.max(box.top, Math.min(box.top + box.tall - 2 * part, top + way * part));
        set(start, start + 2 * part);
      });
    });
  });

  // Tables: a click on a head sorts by it, numbers as numbers.
  const number = (text) => { const found = parseFloat(text.replace(/,/g, "")); return isNaN(found) ? null : found; };
  document.querySelectorAll("table.sortable").forEach((table) => {
    const body = table.tBodies[0];
    if (!body || body.rows.length < 2) return;
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      const button = make("button", { type: "button" }, ...head.childNodes);
      head.append(button);
      button.addEventListener("click", () => {
        const up = head.getAttribute("aria-sort") !== "ascending";
        [...head.parentNode.cells].forEach((other) => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        const numeric = head.classList.contains("num");
        const key = (row) => { const text = row.cells[place].textContent; return numeric ? number(text) : text; };
        const rows = [...body.rows].map((row) => [key(row), row]);
        rows.sort(([one], [two]) => {
          if (one === null || two === null) return (one === null) - (two === null);
          const order = numeric ? one - two : one.localeCompare(two);
          return up ? order : -order;
        });
        body.append(...rows.map(([, row]) => row));
      });
    });
  });
})();
