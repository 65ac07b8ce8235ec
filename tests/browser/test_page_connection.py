"""The live connection of a call's page: one that breaks, one without a network, one that nobody looks at."""

from playwright.async_api import Route, expect

from tests.browser.conftest import OpenPage, Watched
from tests.browser.seen import shown
from tests.browser.talk import Talk


async def test_what_was_said_while_the_line_was_cut_is_caught_up(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """A torn connection is shown, made again from where it broke, and nothing is missing or there twice."""
    page = await open_page(watched.link(talk.key))
    await talk.say("One.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    watched.line.down = True
    watched.line.cut()
    try:
        await expect(page.locator("#connection")).to_contain_text("Reconnecting")
        await talk.say("Two.")
        await talk.say("Three.")
    finally:
        watched.line.down = False
    await expect(page.locator("#connection")).to_contain_text("Live")
    await talk.say("Four.")
    await expect(page.locator("#transcript .segment")).to_have_count(4)
    assert await shown(page) == ["One.", "Two.", "Three.", "Four."]


async def test_a_browser_without_a_network_says_so_and_comes_back(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """Offline and online again, as a laptop is."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    await page.context.set_offline(True)
    await expect(page.locator("#connection")).to_contain_text("No network")
    await talk.say("Meanwhile.")
    await page.context.set_offline(False)
    await expect(page.locator("#transcript .segment")).to_have_count(2)
    await expect(page.locator("#connection")).to_contain_text("Live")


async def test_a_hidden_tab_lets_go_of_its_connection(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """A browser grants a server six. So does a tab that was opened in the background, and it stays asleep as the network
    comes back; once it is shown, it catches up.
    """
    page = await open_page(watched.link(talk.key))
    await page.add_init_script('Object.defineProperty(document, "hidden", {get: () => !window.shown})')

    async def drowse_soon(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(
            response=answer, body=(await answer.text()).replace("ASLEEP_AFTER = 60_000", "ASLEEP_AFTER = 200")
        )

    await page.route("**/assets/live.js", drowse_soon)
    await page.reload()
    await expect(page.locator("#connection")).to_have_text("Asleep while hidden")
    await talk.say("Meanwhile.")
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    await page.evaluate("() => { dispatchEvent(new Event('online')); return new Promise(done => setTimeout(done)); }")
    assert not any(url.endswith("/live") for url in asked)
    await expect(page.locator("#connection")).to_have_text("Asleep while hidden")
    await page.evaluate("window.shown = true; document.dispatchEvent(new Event('visibilitychange'))")
    await expect(page.locator("#connection")).to_contain_text("Live")
    await expect(page.locator("#transcript .segment")).to_have_text("Meanwhile. ")
