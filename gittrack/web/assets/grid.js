// A table of any length: only the rows that are seen exist, fetched a block at a time.

import { h, replace } from "./dom.js";

const ROW = 34;
const BLOCK = 100;
const BEYOND = 8;
const KEPT_BLOCKS = 40;
const TALLEST = 8_000_000; // pixels; browsers draw nothing beyond some 16 to 33 million

export class Grid {
  // `load(offset, limit)` gives {total, columns, rows}; `cell(row, column)` the content of a cell.
  constructor({ load, cell, onOpen, onSelect, idOf, label }) {
    Object.assign(this, { load, cell, onOpen, onSelect, idOf });
    this.columns = [];
    this.blocks = new Map();
    this.total = 0;
    this.selected = new Set();
    this.focused = 0;
    this.version = 0;
    this.head = h("div", { class: "grid-head", role: "row" });
    this.body = h("div", { class: "grid-body", role: "rowgroup" });
    this.element = h("div", { class: "grid", role: "grid", tabindex: 0, "aria-label": label,
      onscroll: () => this.draw(), onkeydown: (event) => this.key(event) }, this.head, this.body);
    this.size = new ResizeObserver(() => this.draw());
    this.size.observe(this.element);
  }

  setColumns(columns, headCells) {
    this.columns = columns;
    const template = `40px ${columns.map((one) => `${one.width}px`).join(" ")}`;
    this.element.style.setProperty("--columns", template);
    this.element.style.setProperty("--width", `${40 + columns.reduce((sum, one) => sum + one.width, 0)}px`);
    replace(this.head, h("div", { class: "cell check", role: "columnheader" }), headCells);
  }

  // Another search: all that is known is let go.
  async reset() {
    this.version += 1;
    this.blocks.clear();
    this.element.scrollTop = 0;
    this.focused = 0;
    await this.fetchBlock(0);
    this.draw();
  }

  // The same search once more: the blocks that are seen are asked for again.
  async refresh() {
    const [first, last] = this.range();
    for (let block = Math.floor(first / BLOCK); block <= Math.floor(Math.max(first, last - 1) / BLOCK); block += 1) {
      await this.fetchBlock(block);
    }
  }

  async fetchBlock(block) {
    const version = this.version;
    const data = await this.load(block * BLOCK, BLOCK);
    if (version !== this.version) return;
    const before = this.blocks.get(block);
    if (before === data) return;
    this.blocks.delete(block);
    this.blocks.set(block, data);
    if (this.blocks.size > KEPT_BLOCKS) this.blocks.delete(this.blocks.keys().next().value);
    this.total = data.total;
    this.draw();
  }

  row(place) {
    return this.blocks.get(Math.floor(place / BLOCK))?.rows[place % BLOCK];
  }

  height() {
    return Math.min(this.total * ROW, TALLEST);
  }

  // Where very many rows do not fit into the tallest page, a pixel of scrolling is several rows.
  range() {
    const seen = Math.max(0, this.element.clientHeight - this.head.offsetHeight);
    const room = Math.max(1, this.height() - seen);
    const scrolled = Math.min(this.element.scrollTop, room);
    const whole = Math.max(0, this.total * ROW - seen);
    this.top = this.total * ROW > TALLEST ? (scrolled / room) * whole : scrolled;
    const first = Math.max(0, Math.floor(this.top / ROW) - BEYOND);
    return [first, Math.min(this.total, Math.ceil((this.top + seen) / ROW) + BEYOND)];
  }

  draw() {
    this.body.style.height = `${this.height()}px`;
    const [first, last] = this.range();
    const shift = this.element.scrollTop - this.top;
    const rows = [];
    for (let place = first; place < last; place += 1) rows.push(this.rowElement(place, shift));
    replace(this.body, rows);
    this.element.setAttribute("aria-rowcount", this.total + 1);
    this.want(first, last);
  }

  want(first, last) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      for (let block = Math.floor(first / BLOCK); block * BLOCK < last; block += 1) {
        if (!this.blocks.has(block)) this.fetchBlock(block).catch(() => {});
      }
    }, 60);
  }

  rowElement(place, shift) {
    const row = this.row(place);
    const id = row && this.idOf(row);
    const chosen = id !== undefined && this.selected.has(id);
    const element = h("div", { class: `grid-row${place === this.focused ? " focused" : ""}${chosen ? " chosen" : ""}`,
      role: "row", "aria-rowindex": place + 2, "aria-selected": chosen ? "true" : "false" });
    element.style.transform = `translateY(${place * ROW + shift}px)`;
    if (!row) {
      element.append(h("div", { class: "cell dim" }, ""), h("div", { class: "cell dim" }, "…"));
      return element;
    }
    const box = h("input", { type: "checkbox", tabindex: -1, checked: chosen, "aria-label": "Choose this run", onchange: () => this.toggle(place) });
    element.append(h("div", { class: "cell check", role: "gridcell" }, box));
    for (const column of this.columns) {
      element.append(h("div", { class: `cell ${column.align ?? ""}`, role: "gridcell" }, this.cell(row, column)));
    }
    element.addEventListener("click", (event) => {
      if (event.target.closest("a, input")) return;
      this.focused = place;
      this.toggle(place);
    });
    return element;
  }

  toggle(place) {
    const row = this.row(place);
    if (!row) return;
    const id = this.idOf(row);
    if (!this.selected.delete(id)) this.selected.add(id);
    this.draw();
    this.onSelect();
  }

  key(event) {
    if (event.target !== this.element) return;
    const page = Math.max(1, Math.floor(this.element.clientHeight / ROW) - 2);
    const moves = { ArrowDown: 1, ArrowUp: -1, PageDown: page, PageUp: -page, Home: -this.total, End: this.total };
    if (event.key in moves) {
      this.focused = Math.max(0, Math.min(this.total - 1, this.focused + moves[event.key]));
      this.reveal();
    } else if (event.key === " ") {
      this.toggle(this.focused);
    } else if (event.key === "Enter" && this.row(this.focused)) {
      this.onOpen(this.row(this.focused));
    } else {
      return;
    }
    event.preventDefault();
  }

  reveal() {
    const seen = this.element.clientHeight - this.head.offsetHeight;
    const factor = this.total * ROW > TALLEST ? TALLEST / (this.total * ROW) : 1;
    const top = this.focused * ROW;
    if (top < this.top) this.element.scrollTop = top * factor;
    else if (top + ROW > this.top + seen) this.element.scrollTop = (top + ROW - seen) * factor;
    this.draw();
  }
}
