"""The session: packets in, effects out."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.model import Segment
from ingest.session import MOST_BYTES, UNKNOWN_KEPT, KeepRaw, Received, ShowCaption, SocketSession, StoreFinal
from tests.ingest.stack import final, intermediate, metadata

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)


def stored(received: Received) -> Segment:
    """The segment that is to be stored, which comes before its caption."""
    assert received.kind == "final"
    store, show = received.effects
    assert isinstance(store, StoreFinal)
    assert isinstance(show, ShowCaption)
    assert (show.caption.kind, show.caption.position) == ("final", store.segment.position)
    return store.segment


def shown(received: Received) -> list[str]:
    """The texts that are to be shown."""
    return [effect.caption.text for effect in received.effects if isinstance(effect, ShowCaption)]


def test_finals_get_positions_and_what_is_in_force() -> None:
    """Position, locale and subscription come from the stream's own history; the time is when the packet came."""
    session = SocketSession(stream="s", opened_at=NOW)
    before = stored(session.receive(final("Early.", 5), NOW))
    assert (before.position, before.locale, before.subscription) == (1, None, None)
    (locale,) = session.receive(metadata("EN-us"), NOW).effects
    assert isinstance(locale, ShowCaption)
    assert (locale.caption.kind, locale.caption.locale) == ("locale", "en-US")
    assert session.receive(metadata("en-US"), NOW) == Received("metadata")
    later = stored(session.receive(final("Hello.", 6).encode(), NOW + timedelta(seconds=1)))
    assert later == Segment(
        stream="s",
        position=2,
        participant="4:+12025550100",
        text="Hello.",
        offset=6,
        locale="en-US",
        subscription="sub",
        received_at=NOW + timedelta(seconds=1),
    )
    session.receive(metadata("de-de", "next"), NOW)
    third = stored(session.receive(final("Hallo.", 1), NOW))
    assert (third.position, third.locale, third.subscription) == (3, "de-DE", "next")


def test_an_odd_locale_is_kept_as_it_came() -> None:
    """What the service says is a fact, even if it is no locale that we know."""
    session = SocketSession(stream="s", opened_at=NOW)
    session.receive(metadata("klingon"), NOW)
    assert stored(session.receive(final("Qapla'."), NOW)).locale == "klingon"


def test_intermediates_are_shown_until_a_final_overtakes_them() -> None:
    """A straggler is not shown; after offsets have restarted everything is shown again."""
    session = SocketSession(stream="s", opened_at=NOW)
    assert shown(session.receive(intermediate("hel", 100), NOW)) == ["hel"]
    session.receive(final("Hello.", 100), NOW)
    assert shown(session.receive(intermediate("hello", 100), NOW)) == []
    assert shown(session.receive(intermediate("wor", 101), NOW)) == ["wor"]
    assert shown(session.receive(intermediate("you", 50, "4:+2"), NOW)) == ["you"]
    session.receive(final("Much later.", 10**10), NOW)
    assert shown(session.receive(intermediate("again", 7), NOW)) == ["again"]


def test_a_final_that_no_message_can_hold_is_kept_raw() -> None:
    """It takes no position, its gap begins at the final before it, and what follows it goes on."""
    session = SocketSession(stream="s", opened_at=NOW)
    fits = stored(session.receive(final("x" * (MOST_BYTES - 1000), 1), NOW))
    assert fits.position == 1
    words = [{"text": "ä", "offset": number} for number in range(25_000)]
    later = NOW + timedelta(seconds=1)
    for large in (final("x" * (MOST_BYTES + 1), 2), final("ä" * (MOST_BYTES // 2 + 1), 3), _with_words("Hm.", words)):
        assert session.receive(large.encode(), later).kind == "unreadable"
        received = session.receive(large, later)
        assert received == Received(
            "unreadable", (KeepRaw(large.encode(), f"Its segment has more than {MOST_BYTES} bytes.", True, NOW),)
        )
    assert stored(session.receive(final("Next.", 4), later)).position == 2


def _with_words(text: str, words: list[dict[str, Any]]) -> str:
    packet = json.loads(final(text))
    packet["transcriptionData"]["words"] = words
    return json.dumps(packet, separators=(",", ":"), ensure_ascii=False)


def test_what_carries_no_words() -> None:
    """Media is counted, blank finals take no position, unreadable packets and unknown kinds are kept raw."""
    session = SocketSession(stream="s", opened_at=NOW)
    assert session.receive('{"kind":"AudioData","audioData":{}}', NOW) == Received("other")
    assert session.receive(final("  "), NOW) == Received("blank")
    assert session.position == 0
    (kept,) = session.receive("what?\ud800", NOW).effects
    assert isinstance(kept, KeepRaw)
    assert (kept.raw, kept.unreadable) == (b"what?\xed\xa0\x80", True)
    kept_unknown = [session.receive('{"kind":"New"}', NOW).effects for _ in range(UNKNOWN_KEPT + 5)]
    assert sum(len(effects) for effects in kept_unknown) == UNKNOWN_KEPT
    (first,) = kept_unknown[0]
    assert isinstance(first, KeepRaw)
    assert not first.unreadable


@given(st.lists(st.text() | st.binary() | st.builds(final, st.text(), st.integers(-(2**63), 2**63 - 1)), max_size=30))
def test_any_messages_leave_positions_without_a_hole(messages: list[str | bytes]) -> None:
    """Whatever arrives, nothing is raised, and finals are numbered from 1 on."""
    session = SocketSession(stream="s", opened_at=NOW)
    effects = [effect for message in messages for effect in session.receive(message, NOW).effects]
    positions = [effect.segment.position for effect in effects if isinstance(effect, StoreFinal)]
    assert positions == list(range(1, session.position + 1))
