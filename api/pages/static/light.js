// Show which words and which note belong together, and mark the words of the quote that the URL names.
export function lightUp() {
  const text = document.querySelector(".text");
  if (!text) return;
  const light = (id, name, on) => {
    for (const piece of text.querySelectorAll("[data-quotes]")) {
      if (piece.dataset.quotes.split(" ").includes(id)) piece.classList.toggle(name, on && (name === "lit" || piece.classList.contains("content")));
    }
    document.getElementById(`note-${id}`)?.classList.toggle(name, on);
  };
  for (const note of text.querySelectorAll(".aside")) {
    for (const [event, on] of [["mouseenter", true], ["mouseleave", false], ["focusin", true], ["focusout", false]]) {
      note.addEventListener(event, () => light(note.dataset.quote, "lit", on));
    }
  }
  let marked = null;
  const choose = () => {
    const id = location.hash.match(/^#(?:quote|note)-(\d+)$/)?.[1];
    if (!id) return;
    text.querySelectorAll(".chosen").forEach((each) => each.classList.remove("chosen"));
    if (marked) light(marked, "chosen", false);
    light((marked = id), "chosen", true);
  };
  addEventListener("hashchange", choose);
  choose();
}
