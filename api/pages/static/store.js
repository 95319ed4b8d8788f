// Store the article that was pasted, for whoever has a key.
import { call, key, make } from "./api.js";

export function storePasted() {
  const form = document.querySelector("form.paste");
  if (!form || !key() || document.querySelector(".store")) return;
  const says = make("p", { role: "status" });
  const fields = Object.fromEntries(
    [["title", "Title"], ["url", "URL"], ["publisher", "Outlet"]].map(([name, label]) => [name, make("input", { name: `store-${name}`, "aria-label": label, placeholder: label })]),
  );
  const store = async () => {
    const body = { text: form.elements.text.value };
    if (form.elements.language?.checked) body.language = form.elements.language.value;
    if (form.elements.published.value) body.published = form.elements.published.value;
    for (const [name, input] of Object.entries(fields)) if (input.value.trim()) body[name] = input.value.trim();
    says.textContent = "Storing …";
    try {
      const { json } = await call("POST", "/v1/articles", { body });
      location.assign(`${document.documentElement.dataset.root}/articles/${json.id}`);
    } catch (error) {
      says.textContent = error.message;
    }
  };
  form.after(make("section", { class: "store", "aria-label": "Store this article" }, make("h2", {}, "Store this article"), ...Object.values(fields), make("button", { type: "button", class: "plain", click: store }, "Store it"), says));
}
