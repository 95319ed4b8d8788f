// Complete names of speakers while they are typed (ARIA combobox with a list). In the search box a name becomes speaker:"...".
import { call, make } from "./api.js";

const WAIT = 120; // milliseconds after the last key
let lists = 0;

export function completeNames() {
  for (const input of document.querySelectorAll("#q, input[name=speaker]:not([type=hidden])")) {
    if (!input.hasAttribute("role")) complete(input, input.id === "q" ? intoQuery : (speaker) => speaker.name);
  }
}

/** Return what is typed of a name: all of a field for names, the last word of the search box. */
const typed = (input) => (input.id === "q" ? input.value.match(/(?:^|\s)([^\s"“”:*()-][^\s"“”:*()]*)$/u)?.[1] ?? "" : input.value.trim());

function intoQuery(speaker, input) {
  const before = input.value.slice(0, input.value.length - typed(input).length);
  return `${before}speaker:"${speaker.name.replaceAll('"', "")}"`;
}

/** Offer names below an input. `take` returns its new value; `chosen` is told of the speaker. */
export function complete(input, take, chosen = () => {}) {
  const list = make("ul", { role: "listbox", id: `names-${(lists += 1)}`, class: "names", "aria-label": "Names found", hidden: true });
  let options = [];
  let active = -1;
  let timer;
  let asking = new AbortController();
  input.after(list);
  for (const [name, value] of Object.entries({
    role: "combobox",
    "aria-autocomplete": "list",
    "aria-expanded": "false",
    "aria-controls": list.id,
    autocomplete: "off",
  })) {
    input.setAttribute(name, value);
  }

  function close() {
    clearTimeout(timer);
    asking.abort();
    list.hidden = true;
    active = -1;
    input.setAttribute("aria-expanded", "false");
    input.removeAttribute("aria-activedescendant");
  }
  function choose(index) {
    input.value = take(options[index], input);
    chosen(options[index]);
    close();
    input.focus();
    input.dispatchEvent(new Event("chosen"));
  }
  function move(step) {
    active = (active + step + options.length + 1) % (options.length + 1);
    [...list.children].forEach((item, index) => item.setAttribute("aria-selected", index === active));
    if (active === options.length) input.removeAttribute("aria-activedescendant");
    else input.setAttribute("aria-activedescendant", list.children[active].id);
  }
  async function ask() {
    const prefix = typed(input);
    if (prefix.length < 2) return close();
    asking.abort();
    asking = new AbortController();
    try {
      const path = `/v1/speakers?limit=8&prefix=${encodeURIComponent(prefix)}`;
      options = (await call("GET", path, { signal: asking.signal })).json.items;
    } catch {
      return undefined; // typing goes on without
    }
    if (!options.length || document.activeElement !== input) return close();
    list.replaceChildren(
      ...options.map((speaker, index) =>
        make("li", { role: "option", id: `${list.id}-${index}`, "aria-selected": "false", dir: "auto", mousedown: (event) => event.preventDefault(), click: () => choose(index) }, speaker.name),
      ),
    );
    active = options.length;
    list.hidden = false;
    input.setAttribute("aria-expanded", "true");
    return undefined;
  }
  input.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, WAIT);
  });
  input.addEventListener("blur", close);
  input.addEventListener("keydown", (event) => {
    if (list.hidden) return;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && active >= 0 && active < options.length) {
      event.preventDefault();
      choose(active);
    } else if (event.key === "Escape") {
      event.preventDefault();
      close();
    }
  });
}
