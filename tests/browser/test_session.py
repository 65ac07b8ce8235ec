"""Who is looking: asked until it is known, and again once another link has come."""

import pytest
from playwright.async_api import Page, Route, expect

from callscribe.contracts.links import PageRole
from tests.browser.conftest import OpenPage, Watched

SESSION = "**/api/session"


async def _enter_elsewhere(page: Page, link: str) -> None:
    """Open a link in another tab of the same browser, and come back."""
    other = await page.context.new_page()
    await other.goto(link)
    await other.close()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")


@pytest.mark.parametrize("answer", ["none", "bad gateway"])
async def test_a_server_that_is_away_for_a_moment_is_asked_again(
    watched: Watched, open_page: OpenPage, answer: str
) -> None:
    """The page says so meanwhile, and knows then who is looking."""
    page = await open_page(watched.link())
    failed: list[str] = []

    async def away(route: Route) -> None:
        if failed:
            await route.continue_()
            return
        failed.append(route.request.url)
        if answer == "none":
            await route.abort()
        else:
            await route.fulfill(status=502, body="no upstream")

    await page.route(SESSION, away)
    await page.reload()
    await expect(page.locator("#banner")).to_contain_text("cannot be reached" if answer == "none" else "502")
    await expect(page.locator("#role")).to_have_text("Operator")
    await expect(page.locator("#banner")).to_be_hidden()


async def test_a_new_link_in_another_tab_brings_an_expired_page_back(watched: Watched, open_page: OpenPage) -> None:
    """As its banner advises; with the role of the new link, and the address that it had."""
    page = await open_page(watched.link(valid=3, role=PageRole.VIEWER))
    await page.goto(f"{watched.line.url}/?q=nobody-of-that-name")
    await expect(page.locator("#banner")).to_contain_text("Your link has expired")
    await _enter_elsewhere(page, watched.link())
    await expect(page.locator("#role")).to_have_text("Operator")
    await expect(page.locator("#banner")).to_be_hidden()
    await expect(page.get_by_label("Contains")).to_have_value("nobody-of-that-name")


async def test_a_new_link_before_the_old_one_expires_takes_the_warning_away(
    watched: Watched, open_page: OpenPage
) -> None:
    """The old one's end comes, and nothing has expired."""
    page = await open_page(watched.link(valid=4))
    await expect(page.locator("#banner")).to_contain_text("expires in")
    await _enter_elsewhere(page, watched.link())
    await expect(page.locator("#banner")).to_be_hidden()
    await expect(page.locator("#role")).to_have_text("Operator")
