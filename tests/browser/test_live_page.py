"""A running call on its page: captions as they are spoken, and commands."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from playwright.async_api import Route, expect

from callscribe.contracts import names
from callscribe.contracts.captions import Caption
from callscribe.contracts.commands import HangUp, Pause, Resume
from callscribe.contracts.links import PageRole
from tests.browser.conftest import OpenPage, Watched
from tests.browser.seen import LINES, shown
from tests.browser.talk import ANA, BEN, Talk
from tests.callscribe.runtime.store.conftest import START, opening, saving, segment
from tests.end_to_end.stack import Script

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "emulator" / "scripts"


async def test_captions_form_settle_and_stand_in_order(watched: Watched, open_page: OpenPage) -> None:
    """Intermediate text is there before its final; in the end every line of the script stands once, in order."""
    script = Script.read(SCRIPTS / "two-languages.jsonl")
    await watched.stack.plan("+12025550112", script=script.text, speed=6)
    await watched.stack.start(
        "spoken", "+12025550112", participants={ANA: "Dana"}, transcription={"intermediate_results": True}
    )
    page = await open_page(watched.link("spoken"))
    await expect(page.locator(".unsettled").first).to_be_visible()
    await expect(page.locator("#connection")).to_contain_text("Live")
    await expect(page.locator("#latency")).to_contain_text("behind")
    await watched.stack.spoken("spoken")
    lines = [line["text"] for line in sorted(script.lines, key=lambda each: each["offset_ms"] + each["duration_ms"])]
    await expect(page.locator("#transcript .segment")).to_have_count(len(lines))
    assert await shown(page) == lines
    await expect(page.locator(".unsettled")).to_have_count(0)
    await expect(page.locator("#transcript .who", has_text="Dana").first).to_be_visible()
    await expect(page.get_by_role("log", name="New captions")).to_have_attribute("aria-live", "polite")
    colours = await page.locator("#transcript .who").evaluate_all(
        "whos => whos.map(who => getComputedStyle(who).color)"
    )
    assert len(set(colours)) == 2, "each speaker has a colour of their own"
    spoken = await page.locator("#spoken p").evaluate_all(LINES)
    assert len(spoken) == len(set(spoken)) > 0
    await page.reload()
    await expect(page.locator("#transcript .segment")).to_have_count(len(lines))
    assert await page.locator("#spoken p").count() == 0, "what was said before is not read out"
    await watched.stack.update("spoken", names.UPDATE_HANG_UP, HangUp())


async def test_what_two_sockets_bring_stands_once(watched: Watched, open_page: OpenPage) -> None:
    """A second socket repeats the last finals and brings the next ones too; live, and loaded anew."""
    texts = [f"This is sentence number {number}." for number in range(8)]
    overlap = {"kind": "overlap", "at_ms": 1500, "lasts": 0.6, "sends": "both", "replay": 3}
    script = Script.of("twice", texts).text
    await watched.stack.plan("+12025550114", script=script, speed=2, faults={"calls": [overlap]})
    await watched.stack.start("twice", "+12025550114", transcription={"intermediate_results": True})
    page = await open_page(watched.link("twice"))
    await expect(page.locator("#transcript .segment")).to_have_count(len(texts))
    await watched.stack.spoken("twice")
    connection = (await watched.stack.report("twice")).call_connection_id
    assert len(await watched.stack.emulator.sent(connection)) > len(texts)
    assert await shown(page) == texts
    await expect(page.locator(".unsettled")).to_have_count(0)
    await page.reload()
    await expect(page.locator("#transcript .segment")).to_have_count(len(texts))
    await watched.stack.update("twice", names.UPDATE_HANG_UP, HangUp())


async def test_operator_steers_a_call_to_its_verdict(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """Pause, resume, a refused locale with its reason, a good one, hang up: each shown where it happened."""
    page = await open_page(watched.link(talk.key))
    await expect(page.get_by_role("heading", level=1)).to_have_text(talk.key)
    await talk.say("Before the pause.")
    await expect(page.get_by_text("Before the pause.").first).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#facts")).to_contain_text("Paused")
    await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    await expect(page.get_by_role("button", name="Resume")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    await expect(page.get_by_role("button", name="Pause")).to_be_focused()

    await page.get_by_role("button", name="Locale").click()
    await page.get_by_label("Locale, as language and region").fill("de")
    await page.get_by_role("button", name="Change", exact=True).click()
    await expect(page.get_by_role("alert").filter(has_text="names a language without its region")).to_be_visible()
    await page.get_by_role("button", name="Dismiss").press("Enter")
    await expect(page.locator("#outcome")).to_be_hidden()
    await expect(page.get_by_role("button", name="Locale")).to_be_focused()

    await page.keyboard.press("l")
    await page.get_by_role("button", name="de-DE").click()
    await page.keyboard.press("Enter")
    await expect(page.locator("#facts")).to_contain_text("German")
    # Nobody has to speak for it to be drawn.
    await expect(page.locator(".mark.locale")).to_contain_text("German (Germany) · de-DE")
    await talk.say("Nach dem Wechsel.", BEN)
    await expect(page.get_by_text("Nach dem Wechsel.").first).to_be_visible()
    await expect(page.locator(".mark.locale")).to_have_count(1)
    await expect(page.locator("#transcript > li").last).to_contain_text("Nach dem Wechsel.")
    await expect(page.locator('.mark.gap[data-cause="paused"]')).to_contain_text("Paused")

    start = page.get_by_role("button", name="Start")
    await expect(start).to_have_attribute("aria-disabled", "true")
    await expect(start).to_have_accessible_description(re.compile("already"))

    await page.get_by_role("button", name="Hang up").click()
    await expect(page.get_by_role("dialog")).to_contain_text("a room, or another call that was only joined, goes on")
    await page.get_by_role("dialog").get_by_role("button", name="Hang up").click()
    await expect(page.locator("#verdict")).to_contain_text("complete")
    await expect(page.locator("#verdict")).to_contain_text("1 pause")
    await expect(page.locator("#connection")).to_contain_text("Over")
    await expect(page.locator("#about")).to_contain_text("Server call")
    await expect(page.locator("#controls")).to_be_hidden()
    await expect(page.locator("#scroller")).to_be_focused()


async def test_a_command_that_comes_too_late_is_refused_with_the_reason(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """Another operator has paused between the click and the call: the call's own reason, and the buttons as it stands."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before the pause.")
    await expect(page.locator("#facts")).to_contain_text("Transcribing")

    async def overtaken(route: Route) -> None:
        await watched.stack.update(talk.key, names.UPDATE_PAUSE, Pause())
        await route.continue_()

    await page.route("**/commands/pause", overtaken)
    async with page.expect_response("**/commands/pause") as answered:
        await page.get_by_role("button", name="Pause").click()
    assert (await answered.value).status == 409
    alert = page.get_by_role("alert").filter(has_text="Pause")
    await expect(alert.locator("span")).to_have_text(
        "Pause: Transcription is paused. Only transcription that is on can be paused."
    )
    await expect(page.locator("#facts")).to_contain_text("Paused")
    await expect(page.get_by_role("button", name="Pause")).to_be_hidden()
    resume = page.get_by_role("button", name="Resume")
    await expect(resume).to_be_focused()
    await expect(resume).to_have_attribute("aria-disabled", "false")
    await expect(alert).to_be_visible()
    await page.keyboard.press("Enter")
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    await expect(alert).to_be_hidden()
    await expect(page.get_by_role("button", name="Pause")).to_have_attribute("aria-disabled", "false")


async def test_a_command_without_a_network_is_told_as_not_carried_out(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """It has to be given again, says the page; the notice goes once that is done, or once the call stands otherwise."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before.")
    facts, outcome = page.locator("#facts"), page.locator("#outcome")
    await expect(facts).to_contain_text("Transcribing")

    async def in_vain(name: str) -> None:
        await page.context.set_offline(True)
        await expect(page.locator("#connection")).to_contain_text("No network")
        await page.get_by_role("button", name=name).click()
        await expect(outcome).to_contain_text(
            f"{name} was NOT carried out: there is no network. Give it again once this page is live."
        )
        await page.context.set_offline(False)
        await expect(page.locator("#connection")).to_contain_text("Live")

    await in_vain("Pause")
    await talk.say("After.")
    await expect(page.locator("#transcript .segment")).to_have_count(2)
    await expect(outcome).to_be_visible()
    await page.get_by_role("button", name="Pause").click()
    await expect(facts).to_contain_text("Paused")
    await expect(outcome).not_to_contain_text("NOT carried out")

    await in_vain("Resume")
    await watched.stack.update(talk.key, names.UPDATE_RESUME, Resume())
    await expect(facts).to_contain_text("Transcribing")
    await expect(outcome).to_be_hidden()

    await in_vain("Pause")
    await talk.end()
    await expect(page.locator("#verdict")).to_contain_text("complete")
    await expect(outcome).to_be_hidden()


async def test_a_command_whose_answer_is_lost_is_not_confirmed(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """The request may have arrived: nothing is claimed, and the notice goes where the call shows that it had."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Before.")
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    await page.route("**/commands/pause", lambda route: route.abort("connectionreset"))
    await page.get_by_role("button", name="Pause").click()
    await expect(page.locator("#outcome")).to_contain_text("Take it as NOT carried out, and give it again")
    await watched.stack.update(talk.key, names.UPDATE_PAUSE, Pause())
    await expect(page.locator("#facts")).to_contain_text("Paused")
    await expect(page.locator("#outcome")).to_be_hidden()


async def test_reader_who_scrolls_up_is_left_in_peace(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """New captions do not move what is read; a button counts them and leads back."""
    page = await open_page(watched.link(talk.key), viewport={"width": 900, "height": 600})
    for number in range(14):
        await talk.say(f"Sentence number {number}, long enough to fill more than one line of this window. " * 2)
    await expect(page.locator("#transcript .segment")).to_have_count(14)
    scroller = page.locator("#scroller")
    bottom = "e => e.scrollHeight - e.clientHeight - e.scrollTop"
    assert await scroller.evaluate(bottom) < 2
    await scroller.hover()
    await page.mouse.wheel(0, -400)
    await expect(page.locator("#newest")).to_be_visible()
    top = await scroller.evaluate("e => e.scrollTop")
    await talk.say("News.")
    await expect(page.locator("#newest")).to_have_text("↓ 1 new")
    assert await scroller.evaluate("e => e.scrollTop") == top
    await page.locator("#newest").click()
    await expect(page.locator("#newest")).to_be_hidden()
    assert await scroller.evaluate(bottom) < 2


async def test_a_server_that_begins_anew_moves_no_reader(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """A link leads to its moment once: not again after a reset, neither by scrolling nor by focus."""
    page = await open_page(watched.link(talk.key), viewport={"width": 900, "height": 600})
    for number in range(14):
        await talk.say(f"Sentence number {number}, long enough to fill more than one line of this window. " * 2)
    await expect(page.locator("#transcript .segment")).to_have_count(14)
    first = page.locator("#transcript .segment").first
    await page.goto(f"{page.url}#{await first.get_attribute('data-id')}")
    await page.reload()
    await expect(first).to_be_focused()
    feed = watched.stack.ingest.site.watching._watches[talk.key].feed

    async def begin_anew(epoch: str) -> None:
        feed.epoch = epoch
        watched.line.cut()
        await expect(page.locator("#connection")).to_contain_text("Reconnecting")
        await expect(page.locator("#connection")).to_contain_text("Live")
        await talk.say(f"After {epoch}.")
        await expect(page.locator("#transcript .segment").last).to_have_text(f"After {epoch}. ")

    await page.locator("#aloud").focus()
    await begin_anew("one")
    await expect(page.locator("#aloud")).to_be_focused()
    await page.locator("#newest").click()
    await expect(page).to_have_url(re.compile("^[^#]*$"))
    await begin_anew("two")
    await expect(page.locator("#transcript .segment").last).to_be_in_viewport()
    await expect(first).not_to_be_in_viewport()


async def test_what_was_said_long_ago_is_not_read_out(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """Where the store brings it late: it takes its place in silence, and says nothing of how fast captions are."""
    page = await open_page(watched.link(talk.key))
    await expect(page.get_by_text("Nobody has spoken yet.")).to_be_visible()
    await talk.say("Now.")
    await expect(page.locator("#spoken p")).to_have_count(1)
    said = datetime.now(UTC) - timedelta(hours=1)
    old = segment(1, stream="old", participant=BEN, text="Long ago.", received_at=said)
    await watched.stack.store.save(saving(old, key=talk.key, streams=(opening("old"),)))
    await expect(page.locator("#transcript .segment")).to_have_count(2)
    await expect(page.locator("#transcript .segment").first).to_have_text("Long ago. ")
    await expect(page.locator("#spoken p")).to_have_count(1)
    await expect(page.locator("#latency")).not_to_contain_text("3600")


async def test_what_is_stored_at_last_is_not_called_unstored_any_more(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """As soon as it is there: once a call is over, nothing on its page ticks."""
    page = await open_page(watched.link(talk.key))
    await page.add_init_script("window.setInterval = tick => (window.ticks ??= []).push(tick)")
    await page.reload()
    await expect(page.locator("#facts")).to_contain_text("Transcribing")
    said = segment(1, stream="s", participant=ANA, received_at=datetime.now(UTC) - timedelta(seconds=9))
    watched.stack.ingest.site.watching.take(talk.key, Caption.of_final(said))
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    await page.evaluate("ticks.forEach(tick => tick())")
    await expect(page.locator("#unstored")).to_have_text("1 caption not stored yet")
    await watched.stack.store.save(saving(said, key=talk.key, streams=(opening("s"),)))
    await expect(page.locator("#transcript .segment.unstored")).to_have_count(0)
    await expect(page.locator("#unstored")).to_be_empty()


async def test_a_call_that_is_over_is_amended_on_the_open_page(
    watched: Watched, talk: Talk, open_page: OpenPage
) -> None:
    """A name given elsewhere and a late word appear without a reload; the page asks for them by itself."""
    page = await open_page(watched.link(talk.key))

    async def ask_soon(route: Route) -> None:
        answer = await route.fetch()
        await route.fulfill(response=answer, body=(await answer.text()).replace("20_000", "200"))

    await page.route("**/assets/live.js", ask_soon)
    await page.reload()
    await talk.say("In time.")
    await expect(page.locator("#transcript .segment")).to_have_count(1)
    await talk.end()
    await expect(page.locator("#connection")).to_contain_text("Over")
    store = watched.stack.store
    await store.name_participant(talk.key, ANA, "Ana Gómez", at=START)
    await expect(page.locator("#transcript .who")).to_have_text("Ana Gómez")
    late = segment(1, stream="late", participant=ANA, text="Too late.", received_at=datetime.now(UTC))
    await store.save(saving(late, key=talk.key, streams=(opening("late"),)))
    await expect(page.locator("#transcript .segment")).to_have_count(2)
    await expect(page.locator("#announcer")).to_contain_text("amended: revision 2")
    await expect(page.locator("#connection")).to_contain_text("Over")


async def test_the_first_link_leads_to_the_captions(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """By keyboard, past controls and timeline; it names no moment, and takes nobody off the newest words."""
    page = await open_page(watched.link(talk.key))
    await expect(page.locator("#connection")).to_contain_text("Live")
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("link", name="Skip to the captions")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("region", name="What was said")).to_be_focused()
    await talk.say("Here.")
    await expect(page.locator("#transcript .segment")).to_be_in_viewport()
    await expect(page.locator("#announcer")).not_to_contain_text("not in this transcript")


async def test_participant_gets_a_name_in_place(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """An operator renames; captions, list and timeline follow. The raw id is a click away."""
    page = await open_page(watched.link(talk.key))
    await talk.say("Who am I?")
    await expect(page.locator("#transcript .who")).to_have_text("Ana")
    await page.get_by_role("button", name="Rename Ana").click()
    await page.get_by_label("Name", exact=True).fill("Ana Gómez")
    await page.keyboard.press("Enter")
    await expect(page.locator("#transcript .who")).to_have_text("Ana Gómez")
    person = page.locator(".person", has_text="Ana Gómez")
    await expect(person.get_by_role("button", name="Rename Ana Gómez")).to_be_visible()
    await person.locator("summary").click()
    await expect(person.locator("code")).to_have_text(ANA)
    await page.reload()
    await expect(page.locator("#transcript .who")).to_have_text("Ana Gómez")
    await page.get_by_role("button", name="Rename Ana Gómez").click()
    await page.get_by_label("Name", exact=True).fill("")
    await page.keyboard.press("Enter")
    await expect(page.locator("#announcer")).to_have_text("The name is gone; shown as Ana")
    await expect(page.locator("#transcript .who")).to_have_text("Ana")


@pytest.mark.parametrize("role", [PageRole.VIEWER, PageRole.GUEST])
async def test_who_may_not_control_sees_no_controls(
    watched: Watched, talk: Talk, open_page: OpenPage, role: PageRole
) -> None:
    """And is told why, and still reads along."""
    page = await open_page(watched.link(talk.key, role))
    await talk.say("For everybody.")
    await expect(page.get_by_text("For everybody.").first).to_be_visible()
    await expect(page.locator("#controls")).to_contain_text("controls need an operator's link")
    assert await page.locator("#controls button").count() == 0
    assert await page.get_by_role("button", name=re.compile("^Rename")).count() == 0


async def test_a_link_that_expires_says_how_to_get_a_new_one(watched: Watched, talk: Talk, open_page: OpenPage) -> None:
    """On the open page, without a reload; and a reload gives the page that says so."""
    page = await open_page(watched.link(talk.key, valid=4))
    await expect(page.locator("#banner")).to_contain_text("expires in")
    await expect(page.locator("#banner")).to_contain_text("Your link has expired")
    await page.reload()
    await expect(page.get_by_role("heading", level=1)).to_have_text("This page needs a link")
    await expect(page.locator("code")).to_contain_text("callscribe page")
