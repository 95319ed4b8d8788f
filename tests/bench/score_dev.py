"""Write the engine's quotes for a gold file, one JSON object a line, for a scorer to read; print how long it took.

python tests/bench/score_dev.py GOLD.jsonl PREDICTED.jsonl
"""

import datetime as dt
import json
import sys
import time
from pathlib import Path

from api.extraction.attribution import attributions


def main(gold: Path, predicted: Path) -> None:
    with gold.open(encoding="utf-8") as lines:
        articles = {row["id"]: row for row in map(json.loads, lines)}  # an article stands once for each annotator
    attributions("Load the model.")
    began = time.perf_counter()
    with predicted.open("w", encoding="utf-8") as out:
        for row in articles.values():
            published = dt.date.fromisoformat(row["published"][:10]) if row["published"] else None
            quotes = [
                {
                    "source": each.source,
                    "cue": each.cue,
                    "content": each.content,
                    "act": each.act,
                    "confidence": each.confidence,
                }
                for each in attributions(row["text"], published)
            ]
            out.write(json.dumps({"id": row["id"], "quotes": quotes}) + "\n")
    took = time.perf_counter() - began
    print(f"{len(articles)} articles in {took:.1f} s, {len(articles) / took:.1f} a second")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
