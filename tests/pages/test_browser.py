"""The pages in a real browser: what a journalist does, by mouse and by keyboard, and what axe says of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import unquote, urlencode, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect, sync_playwright
from werkzeug.serving import make_server

from api.app import create_app
from api.database.engine import writing
from api.http import auth
from tests import hooks, program
from tests.http.conftest import Silent
from tests.web import Site

pytestmark = pytest.mark.needs("chromium")

MAX_ACTIONS = 5  # of a task, from the front page
MACKEREL = "https://nordic-catch.example/pelagic/2020/11/12/mackerel-talks-adjourned"
PASTED = "“We are ready,” said Ann Poe, the mayor of Harnby. She denied that it rained."

expect.set_options(timeout=60_000)  # milliseconds; a busy machine takes its time


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program("chromium"), args=["--no-sandbox"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def site(own_seeds: str) -> Iterator[tuple[str, str]]:
    """Yield the URL of a server that has the seeds, one of them in two versions, and a key that may write."""
    app = create_app(replace(hooks.allowed(own_seeds), rate_limit=""))
    with writing(app.extensions["engine"]) as session:
        key = auth.new_key(session, "tests", "write")
        session.commit()
    client = app.test_client()
    [article] = client.get(f"/v1/articles?url={MACKEREL}").json["items"]
    article = client.get(f"/v1/articles/{article['id']}").json
    changed = {"url": MACKEREL, "title": article["title"], "published": "2020-11-13"}
    changed["text"] = article["text"].replace("weeks, not in months", "days, not in weeks")
    assert client.post("/v1/articles", json=changed, headers={"Authorization": f"Bearer {key}"}).status_code == 200
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", key
    server.shutdown()
    thread.join()
    server.server_close()
    app.extensions["background"].close()
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


class Hands:
    """What a journalist does in a tab: each click, each field filled and each key pressed is an action."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.actions = 0

    def click(self, what: Locator) -> None:
        self.actions += 1
        what.click()

    def fill(self, field: Locator, words: str) -> None:
        self.actions += 1
        field.fill(words)

    def press(self, key: str) -> None:
        self.actions += 1
        self.page.keyboard.press(key)

    def ask(self, words: str) -> None:
        self.fill(self.page.get_by_label("Search quotes and speakers"), words)
        self.click(self.page.get_by_role("button", name="Search").first)


@pytest.fixture
def hands(page: Page) -> Iterator[Hands]:
    """Yield the hands of a journalist at the front page, whose task takes at most five actions."""
    hands = Hands(page)
    yield hands
    assert 0 < hands.actions <= MAX_ACTIONS


scriptless = pytest.mark.parametrize("page", [True, False], ids=["scripts", "no scripts"], indirect=True)


def api(page: Page, path: str) -> Any:
    """Return what the API answers."""
    return page.request.get(urljoin(page.url, path)).json()


def found(page: Page, words: str) -> str:
    """Return how many quotes the API finds, as pages say it."""
    count = api(page, f"/v1/quotes?{urlencode({'q': words})}")["total"]["value"]
    return f"{count} quote"


def title(page: Page) -> Locator:
    return page.get_by_role("heading", level=1)


def give_key(page: Page, key: str) -> None:
    """Give the key once, as it is done at the beginning of a day."""
    page.evaluate("key => sessionStorage.setItem('verbatim-key', key)", key)


@scriptless
def test_what_did_somebody_say_about_something(hands: Hands, page: Page) -> None:
    words = "bridge speaker:Tamberg said:2024"
    hands.ask(words)
    expect(title(page)).to_contain_text(found(page, words))
    expect(page.locator("mark").first).to_have_text("bridge")
    assert set(page.locator(".hit .name").all_inner_texts()) == {"Maarja Tamberg"}


@scriptless
def test_who_else_spoke_of_it_most_first(hands: Hands, page: Page) -> None:
    hands.ask("bridge")
    chips = page.locator("ul[aria-labelledby=by-speaker] a")
    expect(chips.first).to_contain_text("Maarja Tamberg")
    counts = [int(each) for each in chips.locator("b").all_inner_texts()]
    assert counts == sorted(counts, reverse=True)
    hands.click(chips.nth(1))
    expect(title(page)).to_contain_text(f"{counts[1]} quote")


@scriptless
def test_every_quote_of_the_holders_of_an_office_in_two_years(hands: Hands, page: Page) -> None:
    words = 'role:"prime minister" said:2022..2024'
    hands.ask(words)
    expect(title(page)).to_contain_text(found(page, words))
    offices = page.locator(".hit .office").all_inner_texts()
    assert offices
    assert all("rime minister" in office.lower() for office in offices)


@scriptless
def test_what_somebody_was_called_and_which_office_on_a_day(hands: Hands, page: Page) -> None:
    hands.ask("brychtova")
    hands.click(page.get_by_role("link", name="Zuzana Brychtova").first)
    expect(page.get_by_text("Also written")).to_contain_text("Zuzana Brychtová")
    expect(page.locator(".offices li").first).to_contain_text("seen")


@scriptless
def test_whether_it_was_changed_afterwards(hands: Hands, page: Page) -> None:
    hands.ask('"days, not in weeks"')
    hands.click(page.get_by_role("link", name="In the article").first)
    hands.click(page.get_by_role("link", name="Compare the versions"))
    expect(page.locator(".sides del").filter(has_text="months")).to_be_visible()
    expect(page.locator(".sides ins").filter(has_text="days")).to_be_visible()
    expect(page.locator(".reworded")).to_contain_text("reworded")


@scriptless
def test_the_exact_words_in_the_sources_own_page(hands: Hands, page: Page) -> None:
    hands.ask('"close it" speaker:Tamberg')
    link = page.get_by_role("link", name=re.compile("Source")).first.get_attribute("href") or ""
    address, _, fragment = link.partition("#:~:text=")
    assert address == api(page, "/v1/quotes?q=%22close+it%22&speaker=Tamberg")["items"][0]["article"]["url"]
    assert "close" in fragment
    hands.actions += 1  # a click on it leaves the server


@scriptless
def test_all_of_it_into_a_spreadsheet(hands: Hands, page: Page) -> None:
    hands.ask("bridge")
    with page.expect_download() as download:
        hands.click(page.get_by_role("link", name="Spreadsheet (CSV)"))
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    assert f"{len(rows)} quote" in found(page, "bridge")
    assert {"id", "text", "polarity"} <= rows[0].keys()


@scriptless
def test_tell_me_when_somebody_speaks_again(hands: Hands, page: Page) -> None:
    hands.ask("speaker:Tamberg")
    href = page.get_by_role("link", name="Follow in a feed reader").get_attribute("href") or ""
    feed = page.request.get(urljoin(page.url, href))
    assert feed.headers["content-type"].startswith("application/atom+xml")
    hands.actions += 1  # to copy the address


def test_tell_my_program_when_somebody_speaks_again(
    hands: Hands, page: Page, site: tuple[str, str], receiver: Site
) -> None:
    hands.fill(page.get_by_label("Search quotes and speakers"), "speaker:Tamberg")
    hands.click(page.get_by_text("Send new ones to a webhook"))
    hands.fill(page.get_by_label("A key that may write"), site[1])
    hands.fill(page.get_by_label("Address of the webhook"), f"{receiver.url}/hook")
    hands.press("Enter")
    expect(page.get_by_text("Saved: new quotes will be sent there")).to_contain_text("whsec_")
    headers = {"Authorization": f"Bearer {site[1]}"}
    [saved] = page.request.get(f"{site[0]}/v1/searches", headers=headers).json()["items"]
    assert (saved["query"], saved["webhook"]) == ("q=speaker%3ATamberg", f"{receiver.url}/hook")
    assert site[1] not in page.url
    assert page.request.delete(f"{site[0]}/v1/searches/{saved['id']}", headers={**headers, "If-Match": "*"}).ok


def test_this_one_is_somebody_else(hands: Hands, page: Page, site: tuple[str, str]) -> None:
    give_key(page, site[1])
    hands.fill(page.get_by_label("Search quotes and speakers"), '"does not know that we"')
    expect(page.locator(".hit mark").first).to_be_visible()
    hands.click(page.get_by_role("link", name="In the article").first)
    note = page.locator(".aside.chosen")
    hands.click(note.get_by_role("button", name="Correct"))
    hands.fill(note.get_by_label("Speaker"), "Torbjørn Hafsund")
    hands.press("Enter")
    expect(note.locator(".name")).to_have_text("Torbjørn Hafsund")
    page.goto(f"{site[0]}/search?q=%22does+not+know+that+we%22&speaker=Hafsund")
    expect(page.locator(".hit .name").first).to_have_text("Torbjørn Hafsund")
    expect(page.locator(".hit").first).to_contain_text("corrected by hand")


@scriptless
def test_an_article_that_nobody_has(hands: Hands, page: Page) -> None:
    hands.click(page.get_by_role("link", name="Paste an article"))
    hands.fill(page.get_by_label("The text, without"), PASTED)
    hands.click(page.get_by_role("button", name="Find the quotes"))
    expect(title(page)).to_have_text("2 quotes found")
    expect(page.locator(".put")).to_have_text("denied:")


def test_a_pasted_article_is_stored_for_whoever_has_a_key(hands: Hands, page: Page, site: tuple[str, str]) -> None:
    hands.click(page.get_by_role("link", name="Paste an article"))
    hands.fill(page.get_by_label("The text, without"), PASTED)
    hands.fill(page.get_by_label("To store the text"), site[1])
    hands.press("Enter")
    hands.click(page.get_by_role("button", name="Store it"))
    expect(title(page)).to_have_text("An article without a title")
    path = urlsplit(page.url).path
    assert len(api(page, f"/v1{path}")["quotes"]) == 2
    headers = {"Authorization": f"Bearer {site[1]}", "If-Match": "*"}
    assert page.request.delete(f"{site[0]}/v1{path}", headers=headers).ok


def test_results_come_while_one_types_and_the_url_is_the_search(page: Page) -> None:
    box = page.get_by_label("Search quotes and speakers")
    box.press_sequentially("brid")
    expect(title(page).last).to_contain_text(found(page, "brid*"))
    assert "q=brid*" in unquote(page.url)
    box.press_sequentially("ge")
    expect(title(page).last).to_contain_text(found(page, "bridge"))
    expect(box).to_be_focused()
    assert page.url.endswith("/search?q=bridge")
    expect(page.locator("p[role=status].hidden")).to_contain_text("for")
    page.reload()
    expect(title(page)).to_contain_text(found(page, "bridge"))
    page.go_back()
    expect(title(page)).to_contain_text("Who said what")


def test_back_from_a_search_typed_is_the_page_before(page: Page) -> None:
    page.get_by_label("Search quotes and speakers").press_sequentially("bridge")
    expect(page.locator(".hit mark").first).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", name="Newest")).to_be_visible()
    page.go_forward()
    expect(title(page)).to_contain_text(found(page, "bridge"))


def test_back_and_forward_are_searches(page: Page) -> None:
    Hands(page).ask("bridge")
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
    Hands(page).ask("bridge")
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
