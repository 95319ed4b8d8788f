// Search while the box is typed in: the list is that of the search so far, and so is the URL. Enter loads the same as a page.
import { authorized, make } from "./api.js";

const WAIT = 300; // milliseconds after the last key
const BEGINNING = /(?:^|[\s(-])[\p{L}\p{N}]{3,}$/u; // a word that may be the beginning of a longer one
const here = () => location.pathname + location.search;
let shown = here(); // the URL of what the tab shows
let isAdded = false; // whether the history has an entry for what is typed

addEventListener("popstate", () => {
  if (shown !== here() && !window.onpopstate) location.reload(); // where reading is closed, key.js goes back
});

/** Have the box search as it is typed in, where the page has results. `then` is told of new ones. */
export function searchAsTyped(then) {
  const box = document.getElementById("q");
  if (!box || !document.querySelector("[data-live]")) return;
  const says = make("p", { role: "status", class: "hidden" });
  box.form.after(says);
  let timer;
  let asking = new AbortController();

  async function read(url) {
    const answer = await fetch(url, { headers: { Accept: "text/html", ...authorized() }, signal: asking.signal });
    return answer.ok ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
  }

  async function ask() {
    asking.abort();
    asking = new AbortController();
    const url = new URL(box.form.action);
    url.search = new URLSearchParams([...new FormData(box.form)].filter(([, value]) => value.trim()));
    try {
      let page = await read(url);
      if (page?.querySelector(".nothing") && BEGINNING.test(box.value) && box.value.split(/["“”]/).length % 2) {
        const longer = new URL(url);
        longer.searchParams.set("q", `${box.value}*`);
        const found = await read(longer);
        if (found && !found.querySelector(".nothing")) [page, url.search] = [found, longer.search];
      }
      const results = page?.querySelector("[data-live]");
      if (results) show(page, results, url);
    } catch {
      // typed on meanwhile, or no answer: the list stays, and Enter still asks
    }
  }

  function show(page, results, url) {
    document.querySelector("[data-live]").replaceWith(document.adoptNode(results));
    document.title = page.title;
    document.body.dataset.searching = "";
    says.textContent = results.querySelector("h1").textContent;
    history[isAdded ? "replaceState" : "pushState"](null, "", url);
    isAdded = true;
    shown = here();
    then();
  }

  box.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(ask, WAIT);
  });
  box.addEventListener("chosen", ask); // a name from the list
  box.form.addEventListener("submit", () => {
    clearTimeout(timer);
    asking.abort();
  });
}
