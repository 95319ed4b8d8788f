// Have what is new in a search sent to a webhook, for whoever has a key.
import { call, forgetKey, keepKey, key, make } from "./api.js";

export function tellMe() {
  const place = document.getElementById("tell");
  if (!place || place.querySelector("form")) return;
  const says = make("p", { role: "status", class: "note" });
  const url = make("input", { type: "url", required: true, maxlength: 2000, placeholder: "https://", autocomplete: "off" });
  const given = make("input", { type: "password", required: true, autocomplete: "off", placeholder: "vb_…" });
  const ask = key() ? [] : [make("label", {}, "A key that may write", given)];

  async function save(event) {
    event.preventDefault();
    says.textContent = "Saving …";
    try {
      if (ask.length) keepKey(given.value.trim());
      const body = { name: document.title.slice(0, 200), query: place.dataset.query, webhook: url.value.trim() };
      const { json } = await call("POST", "/v1/searches", { body });
      form.replaceWith(says);
      says.replaceChildren("Saved: new quotes will be sent there. They are signed with this secret, which is not shown again: ", make("code", {}, json.secret));
    } catch (error) {
      if (ask.length) forgetKey();
      says.textContent = error.message;
    }
  }

  const form = make("form", { submit: save }, ...ask, make("label", {}, "Address of the webhook", url), make("button", { class: "plain small" }, "Send new quotes there"), says);
  place.lastElementChild.replaceWith(form);
}
