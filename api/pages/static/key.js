// Ask for a key, keep it for this tab, and where reading is closed go from page to page with it.
import { authorized, forgetKey, keepKey, key, make } from "./api.js";

export function offerKey(start) {
  const place = document.getElementById("key");
  if (!place) return;
  const closed = place.dataset.closed !== undefined;
  if (closed && key() && !place.dataset.refused) return void show(location.href, start, false);
  const does = place.dataset.does ?? "correct quotes";
  const use = place.dataset.does ? () => start() : () => location.reload(); // what was pasted must stay
  if (key()) {
    place.replaceChildren(
      make("p", { class: "note" }, `A key to ${does} is kept until this tab is closed. `,
        make("button", { class: "plain", type: "button", click: () => { forgetKey(); location.reload(); } }, "Forget it")),
    );
  } else {
    const input = make("input", { type: "password", autocomplete: "off", required: true, placeholder: "vb_…", id: "key-input" });
    const says = closed ? "Key" : `To ${does}, give a key that may write`;
    place.replaceChildren(
      make("form", { class: "key", submit: (event) => { event.preventDefault(); keepKey(input.value.trim()); use(); } },
        make("label", { for: "key-input" }, says), input, make("button", {}, "Use it")),
    );
  }
  place.hidden = false;
}

/** Show the page at a URL, read with the key. A new one goes into the history. */
async function show(url, start, isNew) {
  const answer = await fetch(url, { headers: { Accept: "text/html", ...authorized() } });
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (answer.status === 401) {
    forgetKey();
    page.getElementById("key").dataset.refused = "";
  }
  if (isNew) history.pushState(null, "", url);
  document.title = page.title;
  document.body.replaceWith(document.adoptNode(page.body));
  document.getElementById(location.hash.slice(1))?.scrollIntoView();
  start();
  if (answer.status !== 401) follow(start);
}

/** Have links and forms of the page lead on with the key; files are saved. */
function follow(start) {
  const ours = (url) => url.origin === location.origin && !url.pathname.includes("/v1/") && !url.pathname.endsWith("/docs");
  document.body.addEventListener("click", (event) => {
    const link = event.target.closest?.("a[href]");
    const url = link && new URL(link.href, location);
    if (!url || event.defaultPrevented || event.ctrlKey || event.metaKey || link.getAttribute("href").startsWith("#")) return;
    if (ours(url)) {
      event.preventDefault();
      show(url.href, start, true);
    } else if (url.origin === location.origin && url.pathname.includes("/v1/")) {
      event.preventDefault();
      save(url);
    }
  });
  document.body.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "get") return;
    event.preventDefault();
    const url = new URL(event.target.action);
    url.search = new URLSearchParams([...new FormData(event.target)].filter(([, value]) => value));
    show(url.href, start, true);
  });
  onpopstate = () => show(location.href, start, false);
}

async function save(url) {
  const answer = await fetch(url, { headers: authorized() });
  const link = make("a", { href: URL.createObjectURL(await answer.blob()), download: url.pathname.split("/").pop() });
  link.click();
}
