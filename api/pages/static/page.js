// What pages do beyond links and forms. Each module looks for its own elements, and leaves pages without them alone.
import { countLater } from "./later.js";
import { brush } from "./brush.js";
import { completeNames } from "./names.js";
import { offerKey } from "./key.js";
import { correctInPlace } from "./correct.js";
import { lightUp } from "./light.js";
import { searchAsTyped } from "./live.js";
import { tellMe } from "./tell.js";
import { storePasted } from "./store.js";

export function start() {
  offerKey(start);
  lightUp();
  correctInPlace();
  storePasted();
  searchAsTyped(results);
  results();
}

/** Start what the results of a search have. */
function results() {
  brush();
  completeNames();
  tellMe();
  countLater(brush);
}

start();
