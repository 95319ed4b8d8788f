// Load the counts and the timeline of a large search after its list, in the room that is kept for them.
import { authorized } from "./api.js";

export async function countLater(then) {
  const link = document.getElementById("later");
  if (!link) return;
  try {
    const answer = await fetch(link.href, { headers: { Accept: "text/html", ...authorized() } });
    if (!answer.ok) return; // the link stays, and leads to a page that says why
    if (!link.isConnected) return; // another search has come meanwhile
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const id of ["timeline", "narrow"]) {
      const [here, there] = [document.getElementById(id), page.getElementById(id)];
      if (here && there) here.replaceWith(document.adoptNode(there));
    }
    then();
  } catch {
    // the link stays
  }
}
