"""The search at odd moments: before it is known who looks, on the way to hits and back, while the store is away."""

import asyncio
import re

from playwright.async_api import Route, expect

from callscribe.contracts.links import PageRole
from tests.browser.conftest import OpenPage, Watched
from tests.callscribe.runtime.store.conftest import saving, segment


async def test_who_asks_before_it_is_known_who_looks_is_answered_once(watched: Watched, open_page: OpenPage) -> None:
    """And is left where they went meanwhile."""
    await watched.stack.store.save(saving(segment(1, text="A pangolin."), key="search-early"))
    page = await open_page(watched.link())
    known, asked = asyncio.Event(), []
    page.on("request", lambda request: asked.append(request.url) if "/api/search" in request.url else None)

    async def slow(route: Route) -> None:
        await known.wait()
        await route.continue_()

    await page.route("**/api/session", slow)
    await page.goto(f"{watched.line.url}/search?q=nothing")
    await page.get_by_role("searchbox").fill("pangolin")
    await page.keyboard.press("Enter")
    await page.locator(".hit a").first.focus()
    known.set()
    await expect(page.locator("#role")).to_have_text("Operator")
    await expect(page.locator(".hit a").first).to_be_focused()
    assert len(asked) == 1


async def test_who_skips_to_the_results_keeps_them(watched: Watched, open_page: OpenPage) -> None:
    """All of them, and what is typed; a step back in the history is another question."""
    said = [segment(n, text=f"A numbat, number {n}.") for n in range(1, 26)]
    await watched.stack.store.save(saving(*said, segment(26, text="A quoll."), key="search-skip"))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/search?q=quoll")
    field, hits = page.get_by_role("searchbox"), page.locator(".hit")
    await expect(hits).to_have_count(1)
    await field.fill("numbat")
    await field.press("Enter")
    await expect(hits).to_have_count(20)
    await page.locator("#more").click()
    await expect(hits).to_have_count(25)
    await field.fill("and then")
    await page.get_by_role("link", name="Skip to the results").focus()
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("#main$"))
    await expect(field).to_have_value("and then")
    await expect(hits).to_have_count(25)
    await page.go_back()
    await page.go_back()
    await expect(hits).to_have_count(1)
    await expect(field).to_have_value("quoll")


async def test_a_word_without_an_end_makes_no_page_wider(watched: Watched, open_page: OpenPage) -> None:
    """On a telephone."""
    word = "zor" + "r" * 300
    await watched.stack.store.save(saving(segment(1, text=word), key=f"search-{'k' * 100}"))
    page = await open_page(watched.link(), viewport={"width": 360, "height": 700})
    await page.goto(f"{watched.line.url}/search?q={word}")
    await expect(page.locator(".hit")).to_have_count(1)
    assert await page.evaluate("document.documentElement.scrollWidth") == 360


async def test_more_hits_are_asked_for_again_and_of_no_other_question(watched: Watched, open_page: OpenPage) -> None:
    """A store that is away for a moment takes no hits away; and while a new question waits, the old one has no more."""
    said = [segment(n, text=f"A {'gnu' if n % 2 else 'okapi'}, number {n}.") for n in range(1, 51)]
    await watched.stack.store.save(saving(*said, key="search/herds"))
    page = await open_page(watched.link())
    asked: asyncio.Queue[Route] = asyncio.Queue()
    await page.goto(f"{watched.line.url}/search?q=gnu&call=search%2Fherds")
    await expect(page.locator(".hit")).to_have_count(20)
    await page.route("**/api/search?*", asked.put)
    await page.locator("#more").click()
    await (await asked.get()).fulfill(status=503, json={"error": {"message": "The store is away.", "advice": ""}})
    await expect(page.locator("#outcome")).to_contain_text("The store is away.")
    await page.locator("#more").click()
    await (await asked.get()).continue_()
    await expect(page.locator(".hit")).to_have_count(25)
    await expect(page.locator("#outcome")).to_be_hidden()

    async def ask(query: str) -> Route:
        await page.get_by_role("searchbox").fill(query)
        await page.keyboard.press("Enter")
        return await asked.get()

    await (await ask("okapi")).continue_()
    await expect(page.locator(".hit")).to_have_count(20)
    waiting = await ask("gnu")
    await expect(page.locator("#more")).to_be_hidden()
    await waiting.continue_()
    await expect(page.locator("#more")).to_be_visible()
    await page.unroute("**/api/search?*")
    await page.get_by_role("link", name="Search all calls").click()
    await expect(page.get_by_role("searchbox")).to_have_value("gnu")


async def test_back_from_a_hit_is_back_at_that_hit(watched: Watched, open_page: OpenPage) -> None:
    """However many had been shown before it; a question that was asked since begins at its top."""
    said = [segment(n, text=f"A dodo, number {n}.") for n in range(1, 61)]
    await watched.stack.store.save(saving(*said, key="search/dodos"))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/search?q=dodo")
    for shown in (20, 40):
        await expect(page.locator(".hit")).to_have_count(shown)
        await page.locator("#more").click()
    hit = page.get_by_role("link", name="A dodo, number 5.")
    await hit.click()
    await expect(page).to_have_url(re.compile("/calls/"))
    await page.go_back()
    await expect(hit).to_be_focused()
    await expect(hit).to_be_in_viewport()
    await expect(page.locator(".hit")).to_have_count(60)
    await page.get_by_role("searchbox").fill("number")
    await page.keyboard.press("Enter")
    await expect(page.locator(".hit mark").first).to_have_text("number")
    await expect(page.locator(".hit")).to_have_count(20)


async def test_a_guest_searches_in_one_call(watched: Watched, open_page: OpenPage) -> None:
    """Whatever the address says; the way back is there, and none to where they may not go."""
    await watched.stack.store.save(saving(segment(1, text="A tapir."), key="search/mine"))
    page = await open_page(watched.link("search/mine", PageRole.GUEST))
    await page.goto(f"{watched.line.url}/search?q=tapir&call=search%2Fmine")
    await expect(page.locator(".hit")).to_have_count(1)
    await expect(page.locator("#scope")).to_have_text("In your call search/mine only.")
    await expect(page.get_by_role("link", name="search/mine")).to_have_attribute("href", "/calls/search%2Fmine")


async def test_hits_are_read_in_the_direction_of_their_script(watched: Watched, open_page: OpenPage) -> None:
    """In Arabic the full stop, and a Latin word between others, stand where they were written."""
    said = segment(1, text="\u0646\u0639\u0645 callscribe \u0646\u0639\u0645."), segment(2, text="Yes, callscribe.")
    await watched.stack.store.save(saving(*said, key="search/directions"))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/search?q=callscribe&call=search%2Fdirections")
    await expect(page.locator(".hit .text").first).to_have_css("direction", "ltr")
    await expect(page.locator(".hit .text").last).to_have_css("direction", "rtl")
