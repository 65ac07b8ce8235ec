"""The list of calls at odd moments: before it is ready, while the server is slow or away, as calls end."""

import asyncio

import pytest
from playwright.async_api import Route, expect

from tests.browser.conftest import OpenPage, Watched
from tests.browser.talk import Talk
from tests.callscribe.runtime.store.conftest import sealing

KEY = "early-bird"


@pytest.mark.parametrize("held", ["assets/list.js", "api/session"])
async def test_who_filters_before_the_page_is_ready_has_filtered(
    watched: Watched, open_page: OpenPage, held: str
) -> None:
    """What stands in the fields when the script comes holds, and what is typed while the server is slow as well."""
    await watched.stack.store.seal(sealing(KEY))
    page = await open_page(watched.link())

    async def too_late(route: Route) -> None:
        await page.get_by_label("Contains").fill(KEY)
        await route.continue_()

    await page.route(f"**/{held}", too_late)
    await page.goto(f"{watched.line.url}/")
    await expect(page).to_have_url(f"{watched.line.url}/?q={KEY}")
    await expect(page.get_by_label("Contains")).to_have_value(KEY)
    await expect(page.locator(".row")).to_have_count(1)


async def test_an_address_that_names_no_choice_is_read_as_far_as_it_goes(watched: Watched, open_page: OpenPage) -> None:
    """The fields show what the list is filtered by."""
    await watched.stack.store.seal(sealing(KEY))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/?show=Live&verdict=perfect&q={KEY}")
    await expect(page.locator(".row")).to_have_count(1)
    await expect(page.get_by_role("radio", name="All")).to_be_checked()
    assert await page.get_by_label("Verdict").evaluate("select => select.selectedIndex") == 0


async def test_calls_of_other_filters_do_not_pass_for_the_answer(watched: Watched, open_page: OpenPage) -> None:
    """Nor while the server is slow, nor where it is away; what went wrong is in sight however far down one is."""
    for number in range(55):
        await watched.stack.store.seal(sealing(f"dim-{number:02d}", segments=0))
    page = await open_page(watched.link())
    await page.goto(f"{watched.line.url}/?q=dim-")
    await expect(page.locator(".row")).to_have_count(50)
    calls, notice = page.locator("#calls"), page.locator("#notice")
    await expect(calls).to_have_attribute("aria-busy", "false")
    broken = asyncio.Event()

    async def slow(route: Route) -> None:
        await broken.wait()
        await route.abort()

    await page.route("**/api/calls?*q=dim-0&*", slow)
    await page.get_by_label("Contains").fill("dim-0")
    await expect(calls).to_have_css("opacity", "0.5")
    broken.set()
    await expect(notice).to_contain_text("fits the filters as they were before")
    await page.locator(".row").last.scroll_into_view_if_needed()
    await expect(notice).to_be_in_viewport()
    await page.unroute_all(behavior="ignoreErrors")
    await expect(page.locator(".row")).to_have_count(10)
    await expect(calls).to_have_css("opacity", "1")
    await expect(notice).to_be_hidden()


async def test_focus_stays_on_a_call_that_ends(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """Though it moves from the live ones to the others."""
    page = await open_page(watched.link())
    ended = False

    async def told(route: Route) -> None:
        answer = await route.fetch()
        listed = await answer.json()
        for call in listed["calls"]:
            if call["key"] == talk.key and ended:
                call |= {"live": False, "verdict": "complete", "ended_at": call["started_at"]}
        await route.fulfill(response=answer, json=listed)

    await page.route("**/api/calls?**", told)
    call = page.get_by_role("link", name=talk.key)
    await page.goto(f"{watched.line.url}/?q=focus_stays")
    await call.focus()
    ended = True
    await page.evaluate("window.dispatchEvent(new Event('online'))")
    await expect(page.locator("#group-live")).to_have_count(0)
    await expect(call).to_be_focused()
    await page.unroute_all(behavior="ignoreErrors")
