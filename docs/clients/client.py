"""A client of Verbatim's API in Python. It needs the standard library alone.

python client.py http://127.0.0.1:8000 search 'q=bridge&speaker=Tamberg'
python client.py http://127.0.0.1:8000 show 12
KEY=vb_... python client.py http://127.0.0.1:8000 correct 12 7
KEY=vb_... python client.py http://127.0.0.1:8000 import archive.ndjson
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

Json = dict[str, Any]
FORMS = {".ndjson": "application/x-ndjson", ".csv": "text/csv", ".json": "application/json"}


class Problem(Exception):
    """An error that the server explains (RFC 9457). `type` never changes; `detail` says what to do."""

    def __init__(self, problem: Json) -> None:
        super().__init__(": ".join(str(problem[part]) for part in ("title", "detail", "errors") if problem.get(part)))
        self.type, self.status = problem["type"], problem["status"]


class Client:
    """Requests to one server, with a key if there is one."""

    def __init__(self, url: str, key: str | None = None) -> None:
        self.url, self.key = url.rstrip("/"), key

    def ask(self, method: str, path: str, body: bytes | None = None, **headers: str) -> tuple[Json, Any]:
        """Send a request; return the JSON of the answer and its headers. Raise Problem for an error."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.key:
            sent["Authorization"] = f"Bearer {self.key}"
        request = urllib.request.Request(self.url + path, body, sent, method=method)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.load(answer), answer.headers
        except urllib.error.HTTPError as error:
            if error.headers.get_content_type() != "application/problem+json":
                raise
            raise Problem(json.load(error)) from None

    def quotes(self, query: str) -> Iterator[Json]:
        """Yield all quotes that a search finds, page after page. `next` is the path of the next page."""
        path = f"/v1/quotes?{query}"
        while path:
            page, _ = self.ask("GET", path)
            yield from page["items"]
            path = page["next"]

    def proof(self, quote_id: int) -> Json:
        """Return the words of a quote as its article has them: content, cue, source, each a list of texts.

        A span is counted in code points, as Python's strings are. A quote that a revision dropped points into an
        earlier text.
        """
        quote, _ = self.ask("GET", f"/v1/quotes/{quote_id}")
        article, _ = self.ask("GET", f"/v1/articles/{quote['article']['id']}?revision={quote['revision']}")
        text = article["text"]
        return {part: [text[start:end] for start, end in quote[part]] for part in ("content", "cue", "source")}

    def correct(self, quote_id: int, change: Json) -> Json:
        """Change a quote, unless somebody else changed it since it was read: then Problem is raised, with status 412."""
        path = f"/v1/quotes/{quote_id}"
        _, read = self.ask("GET", path)
        body = json.dumps(change).encode()
        changed, _ = self.ask("PATCH", path, body, Content_Type="application/json", If_Match=read["ETag"])
        return changed

    def send(self, archive: Path) -> Json:
        """Import an archive and wait until it is done.

        The Idempotency-Key is the archive's hash. Sent again within a day, after a broken connection for instance, the
        same archive is not imported twice.
        """
        body = archive.read_bytes()
        key = hashlib.sha256(body).hexdigest()
        started, _ = self.ask("POST", "/v1/imports", body, Content_Type=FORMS[archive.suffix], Idempotency_Key=key)
        while True:
            state, _ = self.ask("GET", f"/v1/imports/{started['id']}")
            if state["state"] not in ("queued", "running"):
                return state
            time.sleep(0.5)


def main() -> None:
    """Do what the command line says."""
    url, command, *words = sys.argv[1:]
    client = Client(url, os.environ.get("KEY"))
    match command, words:
        case "search", [query]:
            for quote in client.quotes(query):
                speaker = quote["speaker"]["name"] if quote["speaker"] else "?"
                print(f"{quote['id']} {speaker}: {quote['text']}")
        case "show", [quote_id]:
            for part, texts in client.proof(int(quote_id)).items():
                print(f"{part}: {' ... '.join(texts)}")
        case "correct", [quote_id, speaker_id]:
            quote = client.correct(int(quote_id), {"speaker": int(speaker_id)})
            print(f"{quote['id']} {quote['speaker']['name']}: {quote['status']}")
        case "import", [archive]:
            state = client.send(Path(archive))
            print(
                f"import {state['id']} is {state['state']}: {state['counts']['new']} new, {state['counts']['failed']} failed"
            )
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    try:
        main()
    except Problem as problem:
        sys.exit(str(problem))
