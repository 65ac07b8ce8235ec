"""The live captions' hub: nobody waits for a reader."""

from datetime import UTC, datetime
from typing import Literal

from callscribe.contracts.captions import Caption
from ingest import captions
from ingest.captions import CaptionHub, Reader, Shown

NOW = datetime(2026, 1, 2, tzinfo=UTC)


def caption(text: str, kind: Literal["final", "intermediate"] = "final") -> Caption:
    """A caption of stream `s`."""
    return Caption(kind=kind, stream="s", text=text, at=NOW)


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
