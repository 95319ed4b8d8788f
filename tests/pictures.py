"""Make the pictures of docs/page.md from the sample articles: `make pictures`. Needs Chromium."""

from __future__ import annotations

import tempfile
from pathlib import Path
from threading import Thread

from playwright.sync_api import sync_playwright
from werkzeug.serving import make_server

from api.app import create_app
from api.commands.database import migrate
from api.config import Settings
from api.database.engine import make_engine, writing
from api.ingestion import article as intake
from api.ingestion import store
from api.schemas.article import ArticleNew
from api.sources.files import find_files, read_articles
from tests import ROOT, SEEDS, program
from tests.http.conftest import Silent

FOLDER = ROOT / "docs" / "pictures"
SIZE = (1100, 720)  # pixels
QUALITY = 60  # of JPEG, in per cent: some 70 kB each
PICTURES = {
    "search": "/search?q=bridge",
    "article": "/articles/10",
    "speaker": "/speakers/{tamberg}",
}


def main() -> None:
    """Store the sample articles in a database that is thrown away, serve them, and take the pictures."""
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="verbatim-pictures-") as folder:
        settings = Settings(database_url=f"sqlite:///{Path(folder) / 'seeds.db'}")
        fill(settings)
        server = make_server("127.0.0.1", 0, create_app(settings), threaded=True, request_handler=Silent)
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            take(f"http://127.0.0.1:{server.server_port}")
        finally:
            server.shutdown()
            thread.join()
            server.server_close()


def fill(settings: Settings) -> None:
    """Store the sample articles."""
    engine = make_engine(settings)
    migrate(engine)
    for file in find_files([SEEDS]):
        for record in read_articles(file):
            prepared = intake.prepare(ArticleNew().load(record.value))
            found = intake.extract(prepared)
            with writing(engine) as session:
                store.store(session, prepared, found)
                session.commit()
    engine.dispose()


def take(base: str) -> None:
    """Write each picture as JPEG."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": SIZE[0], "height": SIZE[1]}, color_scheme="light")
        tamberg = page.request.get(f"{base}/v1/speakers?q=maarja+tamberg").json()["items"][0]["id"]
        for name, path in PICTURES.items():
            page.goto(base + path.format(tamberg=tamberg), wait_until="networkidle")
            page.screenshot(path=FOLDER / f"{name}.jpg", type="jpeg", quality=QUALITY)
        browser.close()


if __name__ == "__main__":
    main()
