"""What stands between the words of a running call: stretches with transcription off, and changes of locale."""

import re
from datetime import timedelta

from playwright.async_api import Route, expect

from callscribe.contracts.status import LocaleInForce
from tests.browser.conftest import OpenPage, Watched
from tests.browser.talk import Talk
from tests.callscribe.runtime.store.conftest import START, opening, saving, sealing, segment


async def test_transcription_that_was_stopped_leaves_a_mark(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """Also where it was paused before: off since then, and in the end from when to when."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    for name, state in (("Pause", "Paused"), ("Stop", "Transcription stopped")):
        await page.get_by_role("button", name=name, exact=True).click()
        await expect(page.locator("#facts")).to_contain_text(state)
    off = page.locator(".mark.gap", has_text="Transcription off")
    await expect(off).to_have_text(re.compile(r"^Transcription off since \d+:\d\d$"))
    await expect(page.locator('.mark.gap[data-cause="paused"]')).to_have_text(re.compile("^Paused · "))
    await expect(page.locator(".legend")).to_contain_text("off")
    await page.wait_for_timeout(1000)
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start").click()
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    await expect(off).to_have_text(re.compile(r"^Transcription off · \S+ s · \d+:\d\d to \d+:\d\d$"))
    await talk.say("After.")
    await expect(page.locator("#transcript .segment").last).to_have_text("After. ")
    await expect(page.locator("#transcript > li").last).not_to_have_class(re.compile("mark"))
    await expect(off).to_have_count(1)
    await expect(page.locator(".plot .off")).to_have_count(1)
    await talk.end()
    await expect(page.locator("#verdict")).to_contain_text("1 pause, 1 stop")
    await expect(page.locator("#verdict")).to_contain_text("complete")
    await expect(off).to_have_count(1)
    await expect(page.locator(".plot .off")).to_have_count(1)


async def test_the_time_before_the_first_start_is_drawn_as_off(watched: Watched, open_page: OpenPage) -> None:
    """A call whose transcription waits to be asked for: off since it was connected, and in the end until it was on."""
    await watched.stack.plan("+12025550115", silent=True)
    talk = Talk(watched, "on request")
    await watched.stack.start(talk.key, "+12025550115", transcription={"start": "on_request"})
    await watched.stack.reaches(talk.key, "connected")
    page = await open_page(watched.link(talk.key))

    async def notice_soon(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace("= 5000", "= 500"))

    await page.route("**/assets/standing.js", notice_soon)
    await page.reload()
    await expect(page.locator("#facts")).to_contain_text("Connected, not transcribing")
    off = page.locator('.mark.gap[data-cause="off"]')
    await expect(off).to_have_text("Transcription off since 0:00")
    await expect(page.locator(".plot .off")).to_have_count(1)
    await expect(page.locator(".legend")).to_contain_text("off")
    await page.wait_for_timeout(1000)
    await page.get_by_role("button", name="Start").click()
    await page.get_by_role("dialog").get_by_role("button", name="Start").click()
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    await talk.say("At last.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    await expect(off).to_have_text(re.compile(r"^Transcription off · \S+ s · \u2212\d+:\d\d to 0:00$"))
    await expect(page.locator("#transcript > li").first).to_have_class(re.compile("mark"))
    drawn, on = page.locator(".plot .off"), page.locator(".plot .on")
    assert float(await drawn.get_attribute("width") or 0) > 20, "the picture begins where it was off"
    assert float(await drawn.get_attribute("x") or 0) < float(await on.get_attribute("x") or 0)
    await talk.end()
    await expect(page.locator("#connection")).to_contain_text("Over")
    await expect(off).to_have_count(1)


async def test_a_locale_chosen_while_paused_is_drawn_where_it_comes_into_force(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """The head names it at once; the change stands behind the pause, not in it."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#facts")).to_contain_text("Paused")
    await page.get_by_role("button", name="Locale").click()
    await page.get_by_role("button", name="de-DE").click()
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(page.locator("#outcome")).to_contain_text("the locale is used from the resume on")
    await expect(page.locator("#facts")).to_contain_text("German")
    marks = page.locator("#transcript .mark")
    await expect(marks).to_have_text([re.compile("^Paused since ")])
    await page.get_by_role("button", name="Resume").click()
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    changed = "Locale changed to German (Germany) · de-DE"
    await expect(marks).to_have_text([re.compile("^Paused · "), changed])
    status = await watched.stack.status(talk.key)
    assert status.locales[-1].at == status.intervals[-1].start
    await talk.say("Danach.")
    await expect(page.locator("#transcript .segment").last).to_have_text("Danach. ")
    await expect(marks).to_have_text([re.compile("^Paused · "), changed])


async def test_a_call_that_was_in_several_locales_names_them_in_turn(watched: Watched, open_page: OpenPage) -> None:
    """On its page and in the list, once it is over."""
    told = tuple(
        LocaleInForce(at=START + timedelta(minutes=minute), locale=locale)
        for minute, locale in enumerate(["en-US", "de-DE"])
    )
    await watched.stack.store.seal(sealing("several-locales", locale="de-DE", locales=told))
    page = await open_page(watched.link("several-locales"))
    await expect(page.locator("#facts")).to_contain_text(
        "English (United States) \u2192 German (Germany) · en-US \u2192 de-DE"
    )
    await page.goto(watched.line.url + "/?q=several-locales")
    await expect(page.locator(".row .locale")).to_have_text("en-US \u2192 de-DE")


async def test_a_call_that_temporal_has_forgotten_does_not_grow(watched: Watched, open_page: OpenPage) -> None:
    """Nobody knows how long it was: no length is claimed, and its timeline ends with its words."""
    said = [segment(n, received_at=START + timedelta(seconds=10 * n)) for n in range(1, 5)]
    await watched.stack.store.save(saving(*said, key="forgotten", streams=(opening(),)))
    page = await open_page(watched.link("forgotten"))
    await expect(page.locator("#facts")).to_contain_text("forgotten by Temporal")
    await expect(page.locator("#facts time")).to_be_empty()
    await expect(page.get_by_role("slider")).to_have_attribute("aria-valuemax", "40")
    await page.goto(watched.line.url + "/?q=forgotten")
    await expect(page.locator(".row .badge")).to_have_text("forgotten by Temporal")
    await expect(page.locator(".row .length")).to_be_hidden()
