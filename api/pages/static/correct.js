// Correct quotes in their article: another speaker, role, polarity or other words; confirm, reject, add; undo the last change.
// Everything works by keyboard: words can be typed as they stand in the text, or marked there.
import { call, key, make } from "./api.js";
import { complete } from "./names.js";

const UNDO = "verbatim-undo";
const SETTABLE = ["extracted", "confirmed", "corrected", "rejected"];
const root = document.documentElement.dataset.root ?? "";

export function correctInPlace() {
  const text = document.querySelector(".text[data-article]");
  if (!text || !key() || text.dataset.earlier !== undefined) return;
  for (const note of text.querySelectorAll(".aside")) {
    const button = make("button", { type: "button", class: "plain small", "aria-expanded": "false", click: () => open(note, button) }, "Correct");
    button.append(make("span", { class: "hidden" }, ` quote ${note.querySelector(".number").textContent}`));
    note.querySelector(".facts").append(button);
  }
  const add = make("button", { type: "button", class: "plain small", click: () => openNew(text, add) }, "Add a quote");
  const bar = make("p", { class: "correcting" }, add, make("span", { class: "note" }, " Mark its words in the text first, or type them."));
  const undo = JSON.parse(sessionStorage.getItem(UNDO) ?? "null");
  if (undo?.article === text.dataset.article) {
    const says = make("span", { role: "status" }, ` ${undo.says}. `);
    bar.append(says, make("button", { type: "button", class: "plain small", click: () => takeBack(undo, says) }, "Undo"));
  }
  text.before(bar);
}

async function takeBack(undo, says) {
  try {
    if (undo.added) {
      const { etag } = await call("GET", undo.path);
      await call("DELETE", undo.path, { etag });
    } else {
      await call("PATCH", undo.path, { body: undo.body, etag: undo.etag });
    }
    sessionStorage.removeItem(UNDO);
    location.assign(undo.added ? location.pathname : location.href.split("#")[0]);
  } catch (error) {
    says.textContent = error.status === 412 ? " Somebody has changed it since: look at it before you undo anything. " : ` ${error.message} `;
  }
}

/** Return the part of the selection that lies in the text as [start, end) in code points of the article, or null. */
function selected(text) {
  const selection = getSelection();
  if (!selection.rangeCount || selection.isCollapsed) return null;
  const range = selection.getRangeAt(0);
  const [start, end] = [place(text, range.startContainer, range.startOffset), place(text, range.endContainer, range.endOffset)];
  return start === null || end === null || end <= start ? null : [start, end];
}

function place(text, node, offset) {
  const paragraph = (node.nodeType === Node.TEXT_NODE ? node.parentElement : node).closest("p[data-start]");
  if (!paragraph || !text.contains(paragraph)) return null;
  const before = document.createRange();
  before.setStart(paragraph, 0);
  before.setEnd(node, offset);
  const copy = before.cloneContents();
  copy.querySelectorAll(".number, .put").forEach((each) => each.remove()); // ours, and not the article's
  return Number(paragraph.dataset.start) + Array.from(copy.textContent).length;
}

const together = (quote) => (quote.joint ?? []).map((each) => each.id);
const field = (label, input) => make("label", {}, label, input);
const choice = (values, chosen) => {
  const select = make("select", {}, ...values.map((value) => make("option", { selected: value === chosen }, value)));
  return select;
};

/** Make the form of a quote. `save` gets what changed; it returns when it is stored. */
function form(text, quote, { save, extra = [], cancel }) {
  let speaker = quote.speaker?.id ?? null;
  let span = null;
  const name = make("input", { value: quote.speaker?.name ?? "", maxlength: 300 });
  const words = make("textarea", { rows: 3, dir: "auto" });
  words.value = quote.text ?? "";
  const written = words.value;
  const polarity = choice(["asserted", "denied", "questioned", "hedged"], quote.polarity ?? "asserted");
  const kind = choice(["direct", "mixed", "indirect"], quote.kind ?? "direct");
  const roles = make("select", {}, make("option", { value: "" }, "no office"));
  const says = make("p", { role: "status", class: "says" });
  const marked = make("button", { type: "button", class: "plain small", mousedown: (event) => event.preventDefault(), click: () => {
    span = selected(text);
    words.value = span ? getSelection().toString() : words.value;
    says.textContent = span ? "Takes the marked words." : "Mark words in the text first.";
  } }, "Take the marked words");

  async function offices() {
    const chosen = quote.speaker?.id === speaker ? quote.role?.id : undefined;
    const known = speaker ? (await call("GET", `/v1/speakers/${speaker}`)).json.roles.map((each) => each.role) : [];
    if (chosen && !known.some((role) => role.id === chosen)) known.push(quote.role);
    roles.replaceChildren(make("option", { value: "" }, "no office"), ...known.map((role) => make("option", { value: role.id, selected: role.id === chosen }, [role.title, role.organisation, role.country].filter(Boolean).join(", "))));
  }

  async function resolved() {
    if (name.value.trim() === (quote.speaker?.name ?? "")) return quote.speaker?.id ?? null;
    if (speaker && name.dataset.chosen === name.value) return speaker;
    if (!name.value.trim()) return null;
    const { json } = await call("GET", `/v1/speakers?match=exact&q=${encodeURIComponent(`"${name.value.trim().replaceAll('"', "")}"`)}`);
    const same = json.items.filter((each) => each.name === name.value.trim());
    if (same.length === 1) return same[0].id;
    if (same.length > 1) throw new Error("Several speakers have this name: choose one from the list.");
    if (!confirm(`Nobody here is called ${name.value.trim()}. Add this speaker?`)) throw new Error("Nothing was changed.");
    return (await call("POST", "/v1/speakers", { body: { name: name.value.trim(), kind: "person" } })).json.id;
  }

  async function submit(event) {
    event.preventDefault();
    says.textContent = "Saving …";
    try {
      const changes = {};
      const who = await resolved();
      if (who !== (quote.speaker?.id ?? null)) changes.speaker = who;
      if (changes.speaker && together(quote).length) changes.joint = together(quote).filter((each) => each !== who);
      const role = roles.value ? Number(roles.value) : null;
      if (role !== (quote.role?.id ?? null) && !(changes.speaker !== undefined && role === null)) changes.role = role;
      if (polarity.value !== quote.polarity) changes.polarity = polarity.value;
      if (kind.value !== quote.kind) changes.kind = kind.value;
      if (span) changes.content = [span];
      else if (words.value.trim() && words.value !== written) changes.content = [{ exact: words.value.trim() }];
      if (!Object.keys(changes).length) return void (says.textContent = "Nothing is different.");
      await save(changes, says);
    } catch (error) {
      says.textContent = error.message;
    }
    return undefined;
  }

  const speakerField = field(quote.joint?.length ? `Speaker, together with ${quote.joint.map((each) => each.name).join(", ")}` : "Speaker", name);
  const element = make("form", { class: "correct", submit, keydown: (event) => { if (event.key === "Escape" && !event.defaultPrevented) cancel(); } },
    speakerField, field("Office", roles), field("Words, as they stand in the text", words), marked,
    make("div", { class: "pair" }, field("Put forward", polarity), field("Quoted", kind)),
    make("p", { class: "buttons" }, make("button", {}, "Save"), ...extra.map((each) => each(() => says)), make("button", { type: "button", class: "plain", click: cancel }, "Cancel")),
    says);
  complete(name, (each) => each.name, (each) => {
    speaker = each.id;
    name.dataset.chosen = each.name;
    offices().catch(() => {});
  });
  offices().catch(() => {});
  return { element, first: name };
}

function keepUndo(text, undo) {
  sessionStorage.setItem(UNDO, JSON.stringify({ article: text.dataset.article, ...undo }));
}

async function open(note, button) {
  const text = note.closest(".text");
  const path = `/v1/quotes/${note.dataset.quote}`;
  let { json: quote, etag } = await call("GET", path);
  button.setAttribute("aria-expanded", "true");
  button.hidden = true;

  async function patch(body, says) {
    const before = { status: SETTABLE.includes(quote.status) ? quote.status : "corrected" };
    if (quote.status === "added") delete before.status;
    for (const name of Object.keys(body)) {
      if (name === "content") before.content = quote.content;
      else if (name === "joint") before.joint = together(quote);
      else if (name !== "status") before[name] = name === "speaker" || name === "role" ? quote[name]?.id ?? null : quote[name];
    }
    if ("speaker" in body) Object.assign(before, { role: quote.role?.id ?? null, joint: together(quote) });
    try {
      const answer = await call("PATCH", path, { body, etag });
      keepUndo(text, { path, body: before, etag: answer.etag, says: `Quote ${note.querySelector(".number").textContent} was changed` });
      location.assign(`${root}/articles/${text.dataset.article}?quote=${quote.id}#quote-${quote.id}`);
      if (location.search.includes(`quote=${quote.id}`)) location.reload();
    } catch (error) {
      if (error.status !== 412) throw error;
      const known = quote;
      ({ json: quote, etag } = await call("GET", path));
      says.textContent = `Somebody changed this quote while you did: ${different(known, quote)}. What you entered is still here. Save again to add it to their change.`;
    }
  }
  const act = (label, body) => (says) => make("button", { type: "button", class: "plain", click: () => patch(body, says()).catch((error) => { says().textContent = error.message; }) }, label);
  const extra = quote.status === "added" ? [] : [act("Confirm", { status: "confirmed" }), quote.status === "rejected" ? act("Take back the rejection", { status: "corrected" }) : act("Reject", { status: "rejected" })];
  const { element, first } = form(text, quote, {
    save: patch,
    extra,
    cancel: () => {
      element.remove();
      button.hidden = false;
      button.setAttribute("aria-expanded", "false");
      button.focus();
    },
  });
  note.append(element);
  first.focus();
}

/** Say in words how two states of a quote differ. */
function different(before, after) {
  const shown = { speaker: (q) => q.speaker?.name ?? "nobody", role: (q) => q.role?.title ?? "no office", polarity: (q) => q.polarity, kind: (q) => q.kind, status: (q) => q.status, words: (q) => q.text };
  const changed = Object.entries(shown).filter(([, of]) => of(before) !== of(after));
  return changed.map(([name, of]) => `${name} is now ${of(after)}`).join(", ") || "its place";
}

function openNew(text, button) {
  const span = selected(text);
  const quote = { text: span ? getSelection().toString() : "", kind: null, polarity: null };
  const { element, first } = form(text, quote, {
    save: async (changes) => {
      if (span && changes.content === undefined) changes.content = [span];
      if (!changes.content) throw new Error("Mark the words in the text, or type them.");
      const { json } = await call("POST", "/v1/quotes", { body: { article: Number(text.dataset.article), ...changes } });
      keepUndo(text, { path: `/v1/quotes/${json.id}`, added: true, says: "A quote was added" });
      location.assign(`${root}/articles/${text.dataset.article}?quote=${json.id}#quote-${json.id}`);
    },
    cancel: () => {
      element.remove();
      button.hidden = false;
      button.focus();
    },
  });
  button.hidden = true;
  button.parentElement.after(element);
  first.focus();
}
