"""Who watches, and what they get: readers that are cut off, readers that stand still, readers that go."""

import asyncio
import json
import random
import socket
from urllib.parse import urlsplit

import pytest
from websockets.asyncio.client import connect

from callscribe.contracts.captions import Caption
from callscribe.contracts.links import PageRole
from ingest.web import watching
from tests.ingest.stack import final, intermediate, socket_url
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.test_feed import Page
from tests.ingest.web.test_live import reading, until
from tests.ingest.web.visiting import visiting
from tests.support.eventually import eventually


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_reader_that_is_cut_off_again_and_again_misses_nothing(theatre: Theatre, seed: int) -> None:
    """Wherever it is cut: in the first load, between two events, in the midst of what it missed."""
    chance = random.Random(seed)
    key, _ = await theatre.call()
    page = Page()
    async with visiting(theatre.ingest) as viewer, connect(socket_url(theatre.ingest, key)) as acs:

        async def speak() -> None:
            for number in range(1, 121):
                await acs.send(intermediate(f"{number}", number * 10_000_000))
                await acs.send(final(f"{number}.", number * 10_000_000))
                await asyncio.sleep(0.005)

        speaking = asyncio.create_task(speak())
        cuts = 0
        async with asyncio.timeout(30):
            while len(page.finals) < 120:
                # A first load that is cut is repeated whole: some connections have to hold for as long as one takes.
                most = chance.choice((0, 1, 7, 25)) if page.cursor else chance.choice((3, 400))
                async with reading(viewer, key, after=page.cursor) as reader:
                    async for event in reader:
                        if event["event"] != "comment":
                            page.take(event)
                        most -= 1
                        if most <= 0 or len(page.finals) == 120 or event["event"] == "caught_up":
                            break
                cuts += 1
        await speaking
    assert sorted(position for _, position in page.finals) == list(range(1, 121))
    assert [page.finals[key]["text"] for key in sorted(page.finals)] == [f"{number}." for number in range(1, 121)]
    assert cuts > 3


async def test_a_reader_that_stands_still_keeps_nobody_waiting(theatre: Theatre) -> None:
    """Not the socket, not the other reader. When it reads again it has everything there is, without what was replaced."""
    key, _ = await theatre.call()
    text = "word " * 800
    count = 60
    held = theatre.ingest.intake.measures.page_readers_held
    async with visiting(theatre.ingest) as viewer, connect(socket_url(theatre.ingest, key)) as acs:
        cookie = "; ".join(f"{name}={value}" for name, value in viewer.cookies.items())
        slow = stand_still(theatre.ingest.http_url, key, cookie)
        try:
            async with reading(viewer, key) as reader:
                await until(reader, "caught_up")
                await eventually(lambda: theatre.ingest.site.watching.readers == 2)
                assert held.value() == 0
                for number in range(count):
                    for change in range(3):
                        await acs.send(intermediate(f"{number}.{change} {text}", number * 10_000_000))
                        await until(reader, "intermediate", text=f"{number}.{change} {text}")
                    await acs.send(final(f"{number}", number * 10_000_000))
                await until(reader, "segment", position=count)
            assert held.value() == 1, "ingest waits for it"
            page = Page()
            seen = await asyncio.to_thread(read_on, slow, page, count)
            assert sorted(position for _, position in page.finals) == list(range(1, count + 1))
            assert 0 < seen.count("intermediate") < count, "what was replaced is not sent any more"
            await eventually(lambda: held.value() == 0)
        finally:
            slow.close()


def stand_still(url: str, call: str, cookie: str) -> socket.socket:
    """A browser that asks for the events of a call and does not read them."""
    address = urlsplit(url)
    browser = socket.socket()
    browser.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    browser.connect((address.hostname, address.port))
    browser.settimeout(20)
    request = f"GET /api/calls/{call}/live HTTP/1.1\r\nHost: {address.netloc}\r\nCookie: {cookie}\r\n\r\n"
    browser.sendall(request.encode())
    return browser


def read_on(browser: socket.socket, page: Page, last: int) -> list[str]:
    """Read until the newest final is there; returns the names of the events."""
    file = browser.makefile("rb")
    fields: dict[str, str] = {}
    seen: list[str] = []
    for raw in file:
        line = raw.decode().rstrip("\r\n")
        name, _, value = line.partition(": ")
        if name in {"id", "event", "data"}:
            fields[name] = value
        elif not line and "event" in fields:
            page.take(fields | {"data": json.loads(fields["data"])})
            seen.append(fields["event"])
            if fields["event"] == "segment" and json.loads(fields["data"])["position"] == last:
                break
            fields = {}
    return seen


async def test_a_feed_outlives_its_last_reader_for_a_while(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who comes back by then goes on; after that nothing is kept up."""
    monkeypatch.setattr(watching, "LINGER", 0.2)
    site = theatre.ingest.site.watching
    with site.reading("c") as (watch, _):
        assert (site.readers, site.calls) == (1, ["c"])
    with site.reading("c") as (again, _):
        assert again is watch
        await asyncio.sleep(0.3)
        assert site.calls == ["c"], "somebody reads"
    await eventually(lambda: site.calls == [])
    assert site.readers == 0


async def test_the_while_begins_anew_with_every_leave(theatre: Theatre, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who has only looked in does not shorten it."""
    site, loop = theatre.ingest.site.watching, asyncio.get_running_loop()
    monkeypatch.setattr(watching, "LINGER", 0.1)
    with site.reading("c"):
        pass
    over = asyncio.Event()
    loop.call_later(0.15, over.set)  # after the first while, before the second
    monkeypatch.setattr(watching, "LINGER", 30.0)
    with site.reading("c"):
        pass
    await over.wait()
    assert site.calls == ["c"]


async def test_who_comes_to_a_call_that_is_over_is_told_how_it_stands_by_then(theatre: Theatre) -> None:
    """A name that was given since, and late words that amend it; whoever still reads the old feed reads it to its end."""
    key, handle = await theatre.call()
    await stage.save(theatre.store, key, stage.words(2))
    await stage.seal(theatre.store, key, count=2)
    await handle.signal("end")
    await handle.result()
    site = theatre.ingest.site.watching
    with site.reading(key) as (old, _):
        await eventually(lambda: old.feed.ended)
        async with visiting(theatre.ingest, PageRole.OPERATOR) as operator:
            renamed = await operator.post(
                f"/api/calls/{key}/participants", json={"id": stage.ADA, "name": "Ada Lovelace"}
            )
            assert renamed.status_code == 200, renamed.text
            await stage.save(theatre.store, key, stage.words(1, stream="late"), "late")
            async with reading(operator, key) as reader:
                events = await until(reader, "ended")
        said = [event["data"] for event in events if event["event"] == "segment"]
        assert len(said) == 3
        assert {one["participant"]["label"] for one in said} == {"Ada Lovelace"}
        assert len(list(old.sleepers())) == 1
    assert site.calls == [], "nothing is kept up of a call that is over"
    assert site.readers == 0


async def test_nothing_that_goes_wrong_reaches_the_socket(theatre: Theatre, caplog: pytest.LogCaptureFixture) -> None:
    """A caption that cannot be shown is logged, and its socket goes on."""
    site = theatre.ingest.site.watching
    caption = Caption(kind="intermediate", stream="s", participant=stage.ADA, text="x", at=stage.BEGAN)
    with site.reading("c") as (watch, _), pytest.MonkeyPatch.context() as patch:
        patch.setattr(watch.feed, "take_caption", lambda _: 1 / 0)
        theatre.ingest.intake.hub.show("c", caption)
        theatre.ingest.intake.hub.show("nobody watches this", caption)
    assert "cannot be shown" in caplog.text
