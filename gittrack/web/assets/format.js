// Values as people read them.

const NAMED = { ".nan": "NaN", ".inf": "∞", "-.inf": "−∞" };

// A metric's value as a number: what JSON lacks comes as a text.
export function toNumber(value) {
  if (typeof value === "number") return value;
  if (value === ".inf") return Infinity;
  if (value === "-.inf") return -Infinity;
  return NaN;
}

export function numberText(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "string") return NAMED[value] ?? value;
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "NaN" : value > 0 ? "∞" : "−∞";
  if (Number.isInteger(value) && Math.abs(value) < 1e15) return String(value);
  const size = Math.abs(value);
  if (size !== 0 && (size < 1e-3 || size >= 1e6)) return value.toExponential(3).replace(/\.?0+e/, "e");
  return String(Number(value.toPrecision(5)));
}

export function valueText(value) {
  if (value === null || value === undefined) return "";
  if (typeof value === "number") return numberText(value);
  if (typeof value === "string") return value;
  return JSON.stringify(value);
}

export function timeText(iso) {
  if (!iso) return "";
  const moment = new Date(iso);
  const two = (number) => String(number).padStart(2, "0");
  return `${moment.getFullYear()}-${two(moment.getMonth() + 1)}-${two(moment.getDate())} ${two(moment.getHours())}:${two(moment.getMinutes())}`;
}

export function agoText(iso) {
  if (!iso) return "";
  const seconds = (Date.now() - new Date(iso).getTime()) / 1000;
  if (seconds < 60) return "just now";
  const [unit, length] = [["day", 86400], ["hour", 3600], ["minute", 60]].find(([, l]) => seconds >= l);
  const count = Math.floor(seconds / length);
  return count > 60 && unit === "day" ? timeText(iso).slice(0, 10) : `${count} ${unit}${count === 1 ? "" : "s"} ago`;
}

export function durationText(seconds) {
  if (seconds === null || seconds === undefined) return "";
  if (seconds < 1) return `${Math.round(seconds * 1000)} ms`;
  if (seconds < 60) return `${Math.floor(seconds * 10) / 10} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min ${Math.floor(seconds % 60)} s`;
  if (minutes < 1440) return `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
  return `${Math.floor(minutes / 1440)} d ${Math.floor((minutes / 60) % 24)} h`;
}

export function bytesText(size) {
  const units = ["bytes", "KiB", "MiB", "GiB", "TiB"];
  let place = 0;
  while (size >= 1024 && place < units.length - 1) {
    size /= 1024;
    place += 1;
  }
  return `${place ? size.toFixed(1) : size} ${units[place]}`;
}

export function countText(count, one, many = `${one}s`) {
  return `${count.toLocaleString("en")} ${count === 1 ? one : many}`;
}

// A nested mapping as pairs of path and value; lists stay whole.
export function flat(values, before = "") {
  const found = [];
  for (const [key, value] of Object.entries(values ?? {})) {
    const path = before ? `${before}.${key}` : key;
    const nested = value !== null && typeof value === "object" && !Array.isArray(value);
    if (nested && Object.keys(value).length) found.push(...flat(value, path));
    else found.push([path, value]);
  }
  return found;
}
