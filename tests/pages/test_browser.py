"""The pages in a real browser: what a journalist does, by mouse and by keyboard, and what axe says of them."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright
from werkzeug.serving import make_server

from api.app import create_app
from api.config import Settings
from api.database.engine import writing
from api.http import auth
from tests import program
from tests.http.conftest import Silent

pytestmark = pytest.mark.needs("chromium")

expect.set_options(timeout=60_000)  # milliseconds; a busy machine takes its time


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(seeded_database: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """Yield the URL of a server that has the seeds, and a key that may write."""
    path = tmp_path_factory.mktemp("browser") / "seeds.db"
    shutil.copyfile(seeded_database.removeprefix("sqlite:///"), path)
    app = create_app(Settings(database_url=f"sqlite:///{path}"))
    with writing(app.extensions["engine"]) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", key
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["engine"].dispose()


@pytest.fixture(params=[True], ids=["scripts"])
def page(request: pytest.FixtureRequest, browser: Browser, site: tuple[str, str]) -> Iterator[Page]:
    """Yield a tab at the front page. It must log no error, and ask no other host."""
    context = browser.new_context(viewport={"width": 1200, "height": 900}, java_script_enabled=request.param)
    context.set_default_timeout(60_000)
    page = context.new_page()
    errors: list[str] = []
    hosts: set[str] = set()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda asked: hosts.add(urlsplit(asked.url).netloc))
    page.goto(site[0])
    yield page
    assert [error for error in errors if "412" not in error] == []
    assert hosts == {urlsplit(site[0]).netloc}
    context.close()


scriptless = pytest.mark.parametrize("page", [True, False], ids=["scripts", "no scripts"], indirect=True)


def found(page: Page, words: str) -> str:
    """Return how many quotes the API finds, as pages say it."""
    base = urlsplit(page.url)._replace(path="", query="", fragment="").geturl()
    count = page.request.get(f"{base}/v1/quotes", params={"q": words}).json()["total"]["value"]
    return f"{count} quote"


def ask(page: Page, words: str) -> None:
    page.get_by_label("Search quotes and speakers").fill(words)
    page.get_by_role("button", name="Search").first.click()


@scriptless
def test_what_did_somebody_say_about_something(page: Page) -> None:
    ask(page, "bridge speaker:Tamberg said:2024")
    expect(page.get_by_role("heading", level=1)).to_contain_text(found(page, "bridge speaker:Tamberg said:2024"))
    expect(page.locator("mark").first).to_have_text("bridge")


@scriptless
def test_who_else_spoke_of_it_most_first(page: Page) -> None:
    ask(page, "bridge")
    chips = page.locator("ul[aria-labelledby=by-speaker] a")
    expect(chips.first).to_contain_text("Maarja Tamberg")
    count = chips.nth(1).locator("b").inner_text()
    chips.nth(1).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(f"{count} quote")


@scriptless
def test_every_quote_of_the_holders_of_an_office_in_two_years(page: Page) -> None:
    ask(page, 'role:"prime minister" said:2022..2024')
    expect(page.locator(".office").first).to_contain_text("rime minister")


@scriptless
def test_what_somebody_was_called_and_which_office_on_a_day(page: Page) -> None:
    ask(page, "brychtova")
    page.get_by_role("link", name="Zuzana Brychtova").first.click()
    expect(page.get_by_text("Also written")).to_contain_text("Zuzana Brychtová")
    expect(page.locator(".offices li").first).to_contain_text("seen")


@scriptless
def test_the_exact_words_in_the_sources_own_page(page: Page) -> None:
    ask(page, '"close it" speaker:Tamberg')
    link = page.get_by_role("link", name=re.compile("Source")).first
    assert "#:~:text=" in (link.get_attribute("href") or "")


@scriptless
def test_all_of_it_into_a_spreadsheet(page: Page) -> None:
    ask(page, "bridge")
    with page.expect_download() as download:
        page.get_by_role("link", name="Spreadsheet (CSV)").click()
    rows = Path(download.value.path()).read_text(encoding="utf-8-sig").splitlines()
    assert rows[0].startswith("id,text,polarity,")


@scriptless
def test_tell_me_when_somebody_speaks_again(page: Page) -> None:
    ask(page, "speaker:Tamberg")
    href = page.get_by_role("link", name="Follow in a feed reader").get_attribute("href") or ""
    assert (
        page.request.get(urlsplit(page.url)._replace(path="", query="").geturl() + href)
        .headers["content-type"]
        .startswith("application/atom+xml")
    )


@scriptless
def test_an_article_that_nobody_has(page: Page) -> None:
    page.get_by_role("link", name="Paste an article").click()
    page.get_by_label("The text, without").fill(
        "“We are ready,” said Ann Poe, the mayor of Harnby. She denied that it rained."
    )
    page.get_by_role("button", name="Find the quotes").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("2 quotes found")
    expect(page.locator(".put")).to_have_text("denied:")


def test_back_and_forward_are_searches(page: Page) -> None:
    ask(page, "bridge")
    page.locator("ul[aria-labelledby=by-kind] a", has_text="indirect").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(found(page, "bridge kind:indirect"))
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_contain_text(found(page, "bridge"))


def test_names_complete_by_keyboard(page: Page) -> None:
    page.get_by_label("Search quotes and speakers").focus()
    page.keyboard.type("bridge tamb")
    expect(page.get_by_role("option", name="Maarja Tamberg")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Search quotes and speakers")).to_have_value('bridge speaker:"Maarja Tamberg"')
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text(found(page, 'bridge speaker:"Maarja Tamberg"'))


def test_a_stretch_of_the_timeline_is_a_search(page: Page) -> None:
    ask(page, "bridge")
    box = page.locator("#timeline svg").bounding_box()
    assert box
    page.mouse.move(box["x"] + 2, box["y"] + box["height"] - 6)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.6, box["y"] + box["height"] - 6, steps=8)
    page.mouse.up()
    page.wait_for_url(re.compile("from=2022-10-01&to=2024-"))
    expect(page.get_by_role("heading", level=1)).to_contain_text("quotes")


def test_correct_a_speaker_by_keyboard_see_it_in_the_search_and_undo_it(page: Page, site: tuple[str, str]) -> None:
    base, key = site
    quote = page.request.get(f"{base}/v1/quotes?q=%22close+this+bridge%22&limit=1").json()["items"][0]
    page.goto(f"{base}/articles/{quote['article']['id']}?quote={quote['id']}#quote-{quote['id']}")
    page.get_by_label("To correct quotes").fill(key)
    page.keyboard.press("Enter")
    note = page.locator(f"#note-{quote['id']}")
    note.get_by_role("button", name="Correct").focus()
    page.keyboard.press("Enter")
    expect(note.get_by_label("Speaker")).to_be_focused()
    page.keyboard.press("Control+A")
    page.keyboard.type("kuusem")
    expect(page.get_by_role("option", name="Triin Kuusemets")).to_be_visible()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    expect(note.locator(".name")).to_have_text("Triin Kuusemets")
    expect(note).to_contain_text("corrected by hand")
    found = page.request.get(f"{base}/v1/quotes?q=%22close+this+bridge%22&speaker=Kuusemets").json()["items"]
    assert quote["id"] in [each["id"] for each in found]
    page.get_by_role("button", name="Undo").click()
    expect(note.locator(".name")).to_have_text("Maarja Tamberg")
    assert page.evaluate("document.cookie") == ""
    assert key not in page.url


def test_a_change_by_others_meanwhile_is_told_and_merged(page: Page, site: tuple[str, str]) -> None:
    base, key = site
    quote = page.request.get(f"{base}/v1/quotes?q=cod&kind=indirect&limit=1").json()["items"][0]
    path = f"/v1/quotes/{quote['id']}"
    page.goto(f"{base}/articles/{quote['article']['id']}?quote={quote['id']}")
    page.get_by_label("To correct quotes").fill(key)
    page.keyboard.press("Enter")
    note = page.locator(f"#note-{quote['id']}")
    note.get_by_role("button", name="Correct").click()
    expect(note.get_by_label("Speaker")).to_be_focused()
    headers = {"Authorization": f"Bearer {key}", "If-Match": "*"}
    assert page.request.patch(base + path, headers=headers, data={"kind": "mixed"}).ok
    note.get_by_label("Put forward").select_option("denied")
    note.get_by_role("button", name="Save").click()
    expect(note.get_by_role("status")).to_contain_text("kind is now mixed")
    note.get_by_role("button", name="Save").click()
    expect(note).to_contain_text("denied:")
    now = page.request.get(base + path).json()
    assert (now["polarity"], now["status"]) == ("denied", "corrected")


def test_add_a_quote_by_its_words_and_take_it_back(page: Page, site: tuple[str, str]) -> None:
    base, key = site
    page.goto(f"{base}/articles/10")
    page.get_by_label("To correct quotes").fill(key)
    page.keyboard.press("Enter")
    add = page.get_by_role("button", name="Add a quote")
    expect(add).to_be_visible()
    before = page.locator(".aside").count()
    add.click()
    page.get_by_label("Words, as they stand").fill("cod worth 12 billion crowns")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".aside.chosen")).to_contain_text("added by hand")
    expect(page.locator(".text .content.chosen")).to_have_text("cod worth 12 billion crowns")
    page.get_by_role("button", name="Undo").click()
    expect(page.locator(".aside")).to_have_count(before)


PAGES = (
    "/",
    "/search?q=bridge&country=EE",
    "/search?q=zzz+bridge",
    "/articles/22",
    "/speakers/22",
    "/paste",
    "/speakers/9999",
)


@pytest.mark.parametrize(("width", "scheme"), [(360, "light"), (1600, "dark")])
def test_axe_finds_nothing_and_nothing_is_wider_than_the_screen(
    browser: Browser, site: tuple[str, str], width: int, scheme: Any
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    options = {
        "runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]}
    }
    for path in PAGES:
        page.goto(site[0] + path)
        found = Axe().run(page, options=options).response["violations"]
        assert [(each["id"], each["nodes"][0]["html"][:200]) for each in found] == [], path
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
    context.close()
