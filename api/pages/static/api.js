// Requests to the API. The key is kept in the session storage of this tab only, and goes nowhere but into a header.
const KEY = "verbatim-key";
const root = document.documentElement.dataset.root ?? "";

export const key = () => sessionStorage.getItem(KEY);
export const keepKey = (value) => sessionStorage.setItem(KEY, value);
export const forgetKey = () => sessionStorage.removeItem(KEY);
export const authorized = () => (key() ? { Authorization: `Bearer ${key()}` } : {});

/** Send a request. Return its JSON, ETag and status; throw an Error that says what the problem is, with its status. */
export async function call(method, path, { body, etag, signal } = {}) {
  const headers = { Accept: "application/json", ...authorized() };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (etag) headers["If-Match"] = etag;
  let answer;
  try {
    answer = await fetch(root + path, { method, headers, signal, body: body && JSON.stringify(body), cache: "no-store" });
  } catch (error) {
    if (error.name === "AbortError") throw error;
    throw new Error("The server did not answer. Nothing was changed; try again.");
  }
  const json = answer.status === 204 ? null : await answer.json();
  if (!answer.ok) throw Object.assign(new Error(json.detail ?? json.title), { status: answer.status });
  return { json, etag: answer.headers.get("ETag"), status: answer.status };
}

/** Make an element with attributes and children; text is text, never markup. */
export function make(name, attributes = {}, ...children) {
  const element = document.createElement(name);
  for (const [attribute, value] of Object.entries(attributes)) {
    if (typeof value === "function") element.addEventListener(attribute, value);
    else if (value !== false) element.setAttribute(attribute, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}
