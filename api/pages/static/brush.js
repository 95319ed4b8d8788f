// Choose a stretch of the timeline by drawing over it. A click alone follows the link of one bar.
export function brush() {
  const svg = document.querySelector("#timeline svg");
  if (!svg) return;
  const bars = [...svg.querySelectorAll("a")];
  const at = (event) => bars.indexOf(document.elementFromPoint(event.clientX, svg.getBoundingClientRect().bottom - 4)?.closest?.("a"));
  let first = -1;
  let last = -1;
  const between = (index) => first >= 0 && index >= Math.min(first, last) && index <= Math.max(first, last);
  const show = () => bars.forEach((bar, index) => bar.classList.toggle("chosen", first !== last && between(index)));
  svg.addEventListener("dragstart", (event) => event.preventDefault());
  svg.addEventListener("pointerdown", (event) => {
    first = last = at(event);
  });
  svg.addEventListener("pointermove", (event) => {
    const here = at(event);
    if (first < 0 || here < 0 || !event.buttons) return;
    last = here;
    show();
  });
  svg.addEventListener("click", (event) => {
    if (first >= 0 && first !== last) {
      event.preventDefault();
      const [from, to] = [bars[Math.min(first, last)], bars[Math.max(first, last)]];
      const url = new URL(from.getAttribute("href"), location);
      url.searchParams.set("from", from.dataset.first);
      url.searchParams.set("to", to.dataset.last);
      location.assign(url);
    }
    first = last = -1;
  });
  document.addEventListener("pointerup", (event) => {
    // Released over another bar, a browser sends no click to either: the svg itself gets it, or nobody.
    if (first >= 0 && first !== last && !svg.contains(event.target)) svg.dispatchEvent(new MouseEvent("click", { bubbles: true }));
  });
}
