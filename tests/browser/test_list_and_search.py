"""Finding a call and finding a word: the list, its filters, the search, the links to a moment, the downloads."""

import asyncio
import json
import re
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp
from tests.browser.conftest import OpenPage, Watched
from tests.callscribe.runtime.store.conftest import saving, sealing, segment
from tests.end_to_end.stack import Script

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "emulator" / "scripts"
OVER, RUNNING = "list/over 1", "list-running"


@pytest.fixture(scope="module")
async def two_calls(watched: Watched) -> Script:
    """One that is over, with every line of the script, and one that runs."""
    stack = watched.stack
    script = Script.read(SCRIPTS / "two-languages.jsonl")
    await stack.plan("+12025550131", script=script.text)
    await stack.plan("+12025550132", silent=True)
    over = await stack.start(OVER, "+12025550131", participants={"4:+12025550147": "Dana"})
    await stack.start(RUNNING, "+12025550132", participants={"4:+12025550132": "Pia"})
    await stack.spoken(OVER)
    await stack.update(OVER, names.UPDATE_HANG_UP, HangUp())
    await over.result()
    await stack.reaches(RUNNING, "transcribing")
    return script


async def test_list_filters_by_what_its_address_says(two_calls: Script, watched: Watched, open_page: OpenPage) -> None:
    """Live calls above the others; each filter is in the address, and an address is a filter."""
    page = await open_page(watched.link())
    row = page.locator(".row")
    await expect(row.filter(has_text=RUNNING)).to_contain_text("Transcribing")
    await expect(row.filter(has_text=OVER)).to_contain_text("complete")
    await expect(row.filter(has_text=OVER)).to_contain_text("Gern geschehen.")
    await expect(row.filter(has_text=OVER)).to_contain_text("Dana")
    await expect(row.filter(has_text=OVER)).to_contain_text(re.compile(r"en-US.*\d:\d\d", re.DOTALL))
    await page.get_by_role("radio", name="Live").check()
    await expect(page).to_have_url(re.compile(r"\?show=live$"))
    await expect(row.filter(has_text=OVER)).to_have_count(0)
    await page.get_by_label("Contains").fill("Pia")
    await expect(page).to_have_url(re.compile("q=Pia"))
    await expect(row).to_have_count(1)
    await page.reload()
    await expect(row).to_have_count(1)
    await expect(page.get_by_label("Contains")).to_have_value("Pia")
    await page.get_by_label("Contains").fill("nobody of that name")
    await expect(page.get_by_text("No call fits these filters.")).to_be_visible()
    await page.get_by_role("button", name="Clear filters").click()
    await expect(row.filter(has_text=OVER)).to_be_visible()
    await expect(page).to_have_url(watched.line.url + "/")


@pytest.mark.parametrize("width", [1280, 720, 390])
async def test_the_longest_state_covers_nothing_and_breaks_no_number(
    watched: Watched, open_page: OpenPage, width: int
) -> None:
    """Connected, but not transcribing: beside the duration on a wide screen, beside or below the key on a narrow one."""
    key = f"waits-{width}"
    await watched.stack.plan("+12025550133", silent=True)
    await watched.stack.start(
        key, "+12025550133", participants={"4:+12025550133": ""}, transcription={"start": "on_request"}
    )
    await watched.stack.reaches(key, "connected")
    page = await open_page(watched.link(), viewport={"width": width, "height": 800})
    row = page.locator(".row", has_text=key)
    await expect(row).to_contain_text("Connected, not transcribing")
    await expect(row.locator(".who")).to_contain_text("0133")
    boxes = await row.evaluate("""row => ["a", ".who", ".words", ".length", ".started", ".pill"].map(name => {
        const range = document.createRange();
        range.selectNodeContents(row.querySelector(name));
        const element = row.querySelector(name).getBoundingClientRect();
        const {left, right, top, bottom} = name === ".pill" ? element : range.getBoundingClientRect();
        return {left, right, top, bottom, name};
    })""")
    pill = boxes.pop()
    for box in boxes:
        beside = box["right"] <= pill["left"] or pill["right"] <= box["left"]
        above = box["bottom"] <= pill["top"] + 2 or pill["bottom"] <= box["top"] + 2
        assert beside or above, f"the state covers {box}"
    who = row.locator(".who")
    lines = await who.evaluate(
        "who => Math.round(who.getBoundingClientRect().height / parseFloat(getComputedStyle(who).lineHeight))"
    )
    assert lines == 1
    assert await row.evaluate("row => row.scrollWidth <= row.clientWidth")
    await watched.stack.update(key, names.UPDATE_HANG_UP, HangUp())


async def test_older_calls_are_a_click_away(two_calls: Script, watched: Watched, open_page: OpenPage) -> None:
    """Fifty at a time; how many pages are shown is in the address too."""
    for number in range(55):
        await watched.stack.store.seal(sealing(f"elder-{number:02d}", segments=0))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/?q=elder-")
    row = page.locator(".row")
    await expect(row).to_have_count(50)
    await page.get_by_role("button", name="Show older calls").click()
    await expect(row).to_have_count(55)
    await expect(page.get_by_role("button", name="Show older calls")).to_be_hidden()
    await expect(page).to_have_url(re.compile("pages=2"))
    await page.reload()
    await expect(row).to_have_count(55)


async def test_an_address_with_very_many_pages_is_asked_for_seldom(
    two_calls: Script, watched: Watched, open_page: OpenPage
) -> None:
    """A pause that is too long for the browser would be none at all."""
    page = await open_page(watched.link())
    asked: list[str] = []
    page.on(
        "request",
        lambda request: asked.append(request.url) if "nobody" in request.url.partition("/api/calls")[2] else None,
    )
    await page.goto(f"{watched.line.url}/?q=nobody-of-that-name&pages=1e6")
    await expect(page.get_by_text("No call fits these filters.")).to_be_visible()
    await page.wait_for_timeout(500)
    assert len(asked) == 1


async def test_list_is_walked_by_keyboard(two_calls: Script, watched: Watched, open_page: OpenPage) -> None:
    """The skip link comes first; j goes from call to call, also when it is held, k back; Enter opens one."""
    page = await open_page(watched.link())
    await expect(page.locator(".row", has_text=RUNNING)).to_be_visible()
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the calls")).to_be_focused()
    await page.keyboard.down("j")
    await page.keyboard.down("j")
    await expect(page.locator(".row a").nth(1)).to_be_focused()
    await page.keyboard.press("k")
    first = await page.locator(".row a").first.text_content()
    await expect(page.locator(".row a").first).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", level=1)).to_have_text(first or "")


async def test_a_word_leads_to_its_moment(two_calls: Script, watched: Watched, open_page: OpenPage) -> None:
    """What matches is marked; the link opens the call with that segment marked, in sight and focused."""
    page = await open_page(watched.link())
    await expect(page.locator(".row", has_text=OVER)).to_be_visible()
    await page.keyboard.press("g")
    await page.keyboard.press("s")
    await expect(page).to_have_url(re.compile("/search"))
    await page.get_by_role("searchbox").fill("broken wheel")
    await page.keyboard.press("Enter")
    hit = page.locator(".hit", has_text=OVER)
    await expect(hit.locator("mark").first).to_have_text("broken")
    await hit.get_by_role("link").click()
    marked = page.locator(".segment.marked")
    await expect(marked).to_contain_text("broken wheel")
    await expect(marked).to_be_focused()
    await expect(marked).to_be_in_viewport()


async def test_who_types_before_the_page_is_ready_has_typed(
    two_calls: Script, watched: Watched, open_page: OpenPage
) -> None:
    """What stands in the field when the script comes is left there."""
    page = await open_page(watched.link())

    async def too_late(route: Route) -> None:
        await page.get_by_role("searchbox").fill("broken wheel")
        await route.continue_()

    await page.route("**/assets/search.js", too_late)
    await page.goto(f"{watched.line.url}/search")
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator(".hit mark").first).to_have_text("broken")


async def test_more_hits_are_hits_of_the_same_question(watched: Watched, open_page: OpenPage) -> None:
    """Whatever has been typed meanwhile; only Enter asks it."""
    said = [segment(n, text=f"A zebra, number {n}.") for n in range(1, 26)]
    await watched.stack.store.save(saving(*said, segment(26, text="A quagga."), key="search-stripes"))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/search?q=zebra")
    await expect(page.locator(".hit")).to_have_count(20)
    await expect(page.locator(".hit").first).to_contain_text("0:24 into the call")
    await page.get_by_role("searchbox").fill("quagga")
    await page.locator("#more").click()
    await expect(page.locator(".hit mark", has_text="zebra")).to_have_count(25)
    await page.get_by_role("searchbox").press("Enter")
    await expect(page.locator(".hit")).to_have_count(1)


async def test_search_says_what_is_wrong_with_a_query(two_calls: Script, watched: Watched, open_page: OpenPage) -> None:
    """Nothing found and nothing to look for are told apart, in words."""
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/search?q=xylophone")
    await expect(page.locator("#outcome")).to_contain_text("Nothing found")
    await page.get_by_role("searchbox").fill("-only")
    await page.keyboard.press("Enter")
    await expect(page.locator("#outcome")).to_be_visible()
    await expect(page.locator("#outcome")).not_to_contain_text("Nothing found")
    await expect(page.locator(".hit")).to_have_count(0)


async def test_transcript_is_taken_away_in_every_format(
    two_calls: Script, watched: Watched, open_page: OpenPage
) -> None:
    """Seven links, each a file with the last line of the call."""
    page = await open_page(watched.link(OVER))
    links = page.locator("#downloads a")
    await expect(links).to_have_count(7)
    last = two_calls.lines[-1]["text"]
    for link in await links.all():
        async with page.expect_download() as waiting:
            await link.click()
        download = await waiting.value
        text = await asyncio.to_thread((await download.path()).read_text, encoding="utf-8-sig")
        name = download.suggested_filename
        if name.endswith((".json", ".jsonl")):
            assert json.dumps(last, ensure_ascii=False)[1:-1] in text or json.dumps(last)[1:-1] in text, name
        else:
            assert last.split()[-1].rstrip("!") in text, name


async def test_link_leads_to_the_same_call_in_temporal(
    two_calls: Script, watched: Watched, open_page: OpenPage
) -> None:
    """Keys with a slash included."""
    page = await open_page(watched.link(OVER))
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Temporal").click()
    there = await opened.value
    await expect(there.get_by_text(names.workflow_id(OVER)).first).to_be_visible(timeout=30_000)


async def test_an_unknown_call_says_so(watched: Watched, open_page: OpenPage) -> None:
    """Where its captions would be; there is nothing to steer, to look at or to search in."""
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/calls/never-was")
    await expect(page.locator("#quiet")).to_be_visible()
    await expect(page.locator("#connection")).to_contain_text("Not connected")
    for part in ("#controls", "#timeline", "#find", "#announcing"):
        await expect(page.locator(part)).to_be_hidden()


async def test_theme_is_chosen_and_remembered(watched: Watched, open_page: OpenPage) -> None:
    """System, light, dark; across pages. A key that is held chooses once."""
    page = await open_page(watched.link(), color_scheme="light")
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    light = await page.evaluate(ground)
    await page.get_by_role("button", name="Theme: system").click()
    await page.get_by_role("button", name="Theme: light").click()
    assert await page.evaluate(ground) != light
    await page.goto(f"{watched.line.url}/search")
    await expect(page.get_by_role("button", name="Theme: dark")).to_be_visible()
    assert await page.evaluate(ground) != light
    await expect(page.get_by_role("searchbox")).to_be_focused()
    await page.get_by_role("button", name="Theme: dark").focus()
    for _ in range(3):
        await page.keyboard.down("t")
    await expect(page.get_by_role("button", name="Theme: system")).to_be_visible()
