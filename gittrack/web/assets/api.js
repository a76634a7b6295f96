// The REST API: the token, answers known by their tags, errors as the server tells them.

const PREFIX = "/api/v1";
const STORE = "gittrack-token";

export class ApiError extends Error {
  constructor(status, told) {
    super(told.message ?? `the server answered ${status}`);
    this.status = status;
    this.code = told.code;
    this.hint = told.hint;
    this.column = told.column;
    this.query = told.query;
  }
}

// The token comes behind `#`, which no browser sends anywhere; it stays in this tab.
export function takeToken() {
  const match = /^#token=([\w.~-]+)$/.exec(location.hash);
  if (match) {
    sessionStorage.setItem(STORE, match[1]);
    history.replaceState(null, "", "/");
  }
}

export function setToken(token) {
  sessionStorage.setItem(STORE, token);
}

export function canWrite() {
  return sessionStorage.getItem(STORE) !== null;
}

function authorization() {
  const token = sessionStorage.getItem(STORE);
  return token ? { Authorization: `Bearer ${token}` } : {};
}

export function address(parts, query) {
  const parameters = new URLSearchParams();
  for (const [name, value] of Object.entries(query ?? {})) {
    for (const one of Array.isArray(value) ? value : [value]) {
      if (one !== undefined && one !== null && one !== "") parameters.append(name, one);
    }
  }
  const text = parameters.toString();
  return `${PREFIX}/${parts.map(encodeURIComponent).join("/")}${text ? `?${text}` : ""}`;
}

// Integers that JavaScript cannot hold stay the digits that the server sent.
function exact(key, value, context) {
  if (typeof value === "number" && Number.isInteger(value) && !Number.isSafeInteger(value)) {
    const source = context?.source;
    if (source && /^-?\d+$/.test(source)) return source;
  }
  return value;
}

const known = new Map();
const KEPT = 300;

// GET; what did not change since comes from memory, as the very same object.
export async function get(parts, query, signal) {
  const url = address(parts, query);
  const before = known.get(url);
  const headers = authorization();
  if (before) headers["If-None-Match"] = before.tag;
  const answer = await fetch(url, { headers, signal });
  if (answer.status === 304 && before) return before.data;
  const text = await answer.text();
  const data = parsed(text);
  if (!answer.ok) throw new ApiError(answer.status, data?.error ?? {});
  known.delete(url);
  known.set(url, { tag: answer.headers.get("ETag"), data });
  if (known.size > KEPT) known.delete(known.keys().next().value);
  return data;
}

export async function send(method, parts, body, query) {
  const headers = { ...authorization(), "Idempotency-Key": crypto.randomUUID?.() ?? `${Math.random()}` };
  const options = { method, headers };
  if (body !== undefined) {
    headers["Content-Type"] = "application/json";
    options.body = JSON.stringify(body);
  }
  const answer = await fetch(address(parts, query), options);
  const data = parsed(await answer.text());
  if (!answer.ok) throw new ApiError(answer.status, data?.error ?? {});
  return data;
}

// Sends a file's bytes; `told(share)` hears how far it is.
export function upload(parts, query, file, told) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address(parts, query));
    for (const [name, value] of Object.entries(authorization())) request.setRequestHeader(name, value);
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", (event) => told(event.lengthComputable ? event.loaded / event.total : 0));
    request.addEventListener("error", () => reject(new ApiError(0, { message: "The server does not answer." })));
    request.addEventListener("load", () => {
      const data = parsed(request.responseText);
      if (request.status >= 400) reject(new ApiError(request.status, data?.error ?? {}));
      else resolve(data);
    });
    request.send(file);
  });
}

export async function getBlob(parts, signal, query) {
  const answer = await fetch(address(parts, query), { headers: authorization(), signal });
  if (!answer.ok) throw new ApiError(answer.status, parsed(await answer.text())?.error ?? {});
  return answer.blob();
}

function parsed(text) {
  try {
    return JSON.parse(text, exact);
  } catch {
    return null;
  }
}
