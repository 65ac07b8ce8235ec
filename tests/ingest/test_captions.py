"""The live captions' hub: nobody waits for a reader."""

from datetime import UTC, datetime, timedelta
from typing import Literal

import pytest

from callscribe.contracts.captions import Caption
from ingest import captions
from ingest.captions import CaptionHub, Reader, Shown

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def caption(text: str, kind: Literal["final", "intermediate"] = "final", at: datetime = NOW) -> Caption:
    """A caption of stream `s`."""
    return Caption(kind=kind, stream="s", text=text, at=at)


async def texts(reader: Reader) -> list[str]:
    """What has come for the reader so far."""
    found = []
    while (shown := await reader.next(within=0)) is not None:
        found.append(shown.caption.text)
    return found


async def test_late_and_returning_readers_are_caught_up() -> None:
    """With what stays, not with what was intermediate; from where they were, if they know."""
    hub = CaptionHub("e")
    hub.show("c", caption("one"))
    hub.show("c", caption("tw", "intermediate"))
    hub.show("other", caption("elsewhere"))
    with hub.watch("c") as reader:
        hub.show("c", caption("two"))
        hub.show("c", caption("thr", "intermediate"))
        assert await texts(reader) == ["one", "two", "thr"]
    hub.show("c", caption("three"))
    for after, expected in (
        ("e-2", ["three"]),
        ("e-3", []),
        ("e-9", ["one", "two", "three"]),
        ("old-2", ["one", "two", "three"]),
        ("nonsense", ["one", "two", "three"]),
        ("e-²", ["one", "two", "three"]),
    ):
        with hub.watch("c", after=after) as reader:
            assert await texts(reader) == expected
    assert hub.readers == 0


def test_event_ids() -> None:
    """What is not in the ring has none."""
    hub = CaptionHub("e")
    assert hub.event_id(Shown(7, caption("x"))) == "e-7"
    assert hub.event_id(Shown(None, caption("x", "intermediate"))) is None


async def test_the_ring_is_bounded() -> None:
    """A late reader gets the newest."""
    hub = CaptionHub("e")
    for number in range(captions.RECENT + 10):
        hub.show("c", caption(str(number)))
    with hub.watch("c") as reader:
        assert await texts(reader) == [str(number) for number in range(10, captions.RECENT + 10)]


async def test_a_slow_reader_is_let_go_alone() -> None:
    """The others go on."""
    hub = CaptionHub("e")
    with hub.watch("c") as slow, hub.watch("c") as quick:
        for number in range(captions.QUEUED + 1):
            hub.show("c", caption(str(number), "intermediate"))
            assert await texts(quick) == [str(number)]
        assert slow.ended == "too slow"
        assert await slow.next(within=1) is None
        assert quick.ended is None


async def test_stopping_ends_all_readers() -> None:
    """Those who watch, and those who come."""
    hub = CaptionHub("e")
    with hub.watch("c") as reader:
        hub.stop()
        assert await reader.next(within=1) is None
        assert reader.ended == "stopping"
    with hub.watch("c") as late:
        assert late.ended == "stopping"


async def test_quiet_calls_are_forgotten() -> None:
    """The memory of rings is bounded; a call that is watched stays."""
    hub = CaptionHub("e")
    hub.show("watched", caption("first"))
    with hub.watch("watched"):
        for number in range(captions.CALLS + 5):
            hub.show(f"c{number}", caption("x"))
        assert len(hub._calls) <= captions.CALLS
        assert "watched" in hub._calls
    assert not hub.full


def test_rings_go_when_they_are_old() -> None:
    """Those of calls that have been quiet for long; an id of one that has gone means nothing in the next."""
    hub = CaptionHub("e")
    for number in range(3):
        hub.show("old", caption(str(number)))
    hub.show("young", caption("x", at=NOW + captions.KEPT))
    assert len(hub.recent("old")) == 3
    hub.show("young", caption("y", at=NOW + captions.KEPT + timedelta(seconds=1)))
    assert list(hub._calls) == ["young"]
    hub.show("old", caption("new", at=NOW + captions.KEPT + timedelta(seconds=2)))
    with hub.watch("old", after="e-3") as reader:
        assert [hub.event_id(shown) for shown in reader._queue] == ["e-4"]


def test_all_rings_together_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """The ring that was quiet longest goes first, and never one that is read."""
    monkeypatch.setattr(captions, "IN_RINGS", captions.RECENT * 3)
    hub = CaptionHub("e")
    with hub.watch("watched"):
        for name in ("watched", "a", "b", "c", "d"):
            for number in range(captions.RECENT + 1):
                hub.show(name, caption(str(number)))
        assert {name: len(known.recent) for name, known in hub._calls.items()} == {
            "watched": captions.RECENT,
            "c": captions.RECENT,
            "d": captions.RECENT,
        }
        assert hub._in_rings == captions.RECENT * 3


async def test_what_another_process_shows_is_seen_here_and_not_handed_on() -> None:
    """By those who watch; a call that nobody has watched gets no ring from it."""
    hub = CaptionHub("e")
    opened: list[str] = []
    tapped: list[str] = []
    hub.opened = opened.append
    hub.taps.append(lambda call, _: tapped.append(call))
    hub.pass_on("c", caption("before"))
    with hub.watch("c") as reader:
        hub.show("other", caption("elsewhere"))
        hub.pass_on("c", caption("there"))
        assert list(hub._calls) == ["other", "c"], "it is not the one that was quiet longest"
        hub.show("c", caption("here"))
        assert await texts(reader) == ["there", "here"]
        assert (opened, hub.watched) == (["c"], ["c"])
    assert (tapped, hub.watched) == (["other", "c"], [])
