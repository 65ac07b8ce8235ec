"""The search at odd moments: before it is known who looks, on the way to the results, on a telephone."""

import asyncio
import re

from playwright.async_api import Route, expect

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
