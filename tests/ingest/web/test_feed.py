"""The log of one call: what readers get of it, wherever they are cut off."""

import json
from datetime import timedelta
from functools import partial
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from callscribe.contracts.captions import Caption
from callscribe.contracts.links import PageRole
from callscribe.transcript.model import Word
from ingest.web import feed as feed_module
from ingest.web.feed import FIRST_LOAD, CallFeed, event_text, pieces
from tests.ingest.web.stage import ADA, BEGAN, BOB, words

Event = dict[str, Any]


def read(texts: list[bytes]) -> list[Event]:
    """Events as a browser reads them."""
    events = []
    for text in texts:
        fields = dict(line.split(": ", 1) for line in text.decode().strip().split("\n"))
        events.append(fields | {"data": json.loads(fields["data"])})
    return events


def intermediate(text: str, participant: str = ADA, stream: str = "s1") -> Caption:
    """What somebody is saying."""
    return Caption(kind="intermediate", stream=stream, participant=participant, text=text, at=BEGAN)


def told(known: object, role: PageRole) -> Event:
    """A status."""
    return {"known": known, "role": role}


class Page:
    """What a page shows, by the rules of its events."""

    def __init__(self, role: PageRole = PageRole.VIEWER) -> None:
        self.role = role
        self.cursor: str | None = None
        self.finals: dict[tuple[str, int], Event] = {}
        self.speaking: dict[tuple[str, str], str] = {}
        self.status: Event = {}

    def read(self, feed: CallFeed, most: int | None = None) -> None:
        """Read what the feed has for us; cut off after `most` events."""
        number = feed.cursor_of(self.cursor)
        texts, _ = feed.load(self.role) if number is None else feed.since(number, self.role)
        for event in read(texts)[:most]:
            self.take(event)

    def take(self, event: Event) -> None:
        """One event."""
        data = event["data"]
        match event["event"]:
            case "reset":
                self.finals.clear()
                self.speaking.clear()
            case "segment":
                place = data["stream"], data["position"]
                if place not in self.finals:
                    self.speaking.pop((data["stream"], data["participant"]["id"]), None)
                self.finals[place] = data
            case "intermediate":
                self.speaking[data["stream"], data["participant"]["id"]] = data["text"]
            case "status":
                self.status = data
        self.cursor = event.get("id", self.cursor)


ACTS = st.lists(
    st.one_of(
        st.tuples(st.just("final"), st.integers(1, 30), st.booleans()),
        st.tuples(st.just("speaking"), st.integers(1, 9), st.sampled_from([ADA, BOB])),
        st.tuples(st.just("status"), st.integers(1, 9), st.none()),
        st.tuples(st.just("closed"), st.none(), st.none()),
        st.tuples(st.just("read"), st.integers(0, 12), st.sampled_from([0, 1])),
    ),
    max_size=80,
)


@settings(deadline=None)
@given(ACTS)
def test_whoever_is_cut_off_anywhere_ends_up_with_everything(acts: list[tuple[str, Any, Any]]) -> None:
    """Two readers are cut off in the midst of what they read, again and again; in the end both show what is there."""
    feed = CallFeed("e")
    pages = [Page(), Page()]
    finals: dict[int, bool] = {}
    status: int | None = None
    for act, value, more in acts:
        if act == "final":
            feed.take_segment(words(1, first=value)[0], stored=more)
            finals[value] = finals.get(value, False) or more
        elif act == "speaking":
            feed.take_caption(intermediate(str(value), more))
        elif act == "status":
            status = value
            feed.take_status(value, partial(told, value))
        elif act == "closed":
            feed.take_caption(Caption(kind="stream_closed", stream="s1", at=BEGAN))
        else:
            pages[more].read(feed, most=value)
    for page in [*pages, Page()]:
        page.read(feed)
        assert {position: one["stored"] for (_, position), one in page.finals.items()} == finals
        assert page.status.get("known") == status
        shown = {key: text for key, text in page.speaking.items() if text}
        if acts and acts[-1][0] == "closed":
            assert shown == {}


def test_a_reader_gets_what_is_new_and_nothing_else() -> None:
    """Intermediates that have been replaced are not sent to one who comes later."""
    feed, page = CallFeed("e"), Page()
    page.read(feed)
    number = feed.cursor_of(page.cursor)
    assert number == 0
    for text in ("H", "He", "Hel"):
        feed.take_caption(intermediate(text))
    feed.take_caption(intermediate("Well", BOB))
    texts, last = feed.since(number, PageRole.VIEWER)
    assert [event["data"]["text"] for event in read(texts)] == ["Hel", "Well"]
    feed.take_caption(Caption(kind="final", stream="s1", participant=ADA, text="Hello.", position=1, at=BEGAN))
    texts, last = feed.since(last, PageRole.VIEWER)
    (said,) = read(texts)
    assert (said["event"], said["data"]["text"], said["data"]["duration"]) == ("segment", "Hello.", None)
    feed.take_segment(words(1)[0], stored=True)
    texts, last = feed.since(last, PageRole.VIEWER)
    assert read(texts)[0]["data"]["duration"] == "5000000", "the store knows more"
    feed.take_segment(words(1)[0], stored=True)
    feed.take_segment(words(1)[0], stored=False)
    assert feed.since(last, PageRole.VIEWER) == ([], last)


def test_a_final_is_the_same_live_and_stored() -> None:
    """But for its being stored: a page that places it by its end and its length does not move it later."""
    feed = CallFeed("e")
    (said,) = words(1)
    feed.take_caption(Caption.of_final(said))
    (live,) = read(feed.since(0, PageRole.VIEWER)[0])
    feed.take_segment(said, stored=True)
    (stored,) = read(feed.since(feed.last - 1, PageRole.VIEWER)[0])
    assert live["data"] | {"stored": True} == stored["data"]
    assert (live["data"]["received_at"], live["data"]["duration"]) == ("2026-01-02T03:04:06.000Z", "5000000")


def test_what_acs_sends_again_is_one_final(monkeypatch: Any) -> None:
    """On whatever socket; stored or not; and its end is the end of what was being said there."""
    feed, page = CallFeed("e"), Page()
    (said,) = words(1)
    said = said.model_copy(update={"confidence": 0.5, "words": (Word(text="s1", offset=1, duration=1),)})
    again = said.model_copy(update={"stream": "s2", "position": 7})
    feed.take_caption(Caption.of_final(said))
    feed.take_caption(intermediate("s1", said.participant, "s2"))
    page.read(feed)
    assert page.speaking["s2", said.participant] == "s1"
    feed.take_caption(Caption.of_final(again))
    page.read(feed)
    assert list(page.finals) == [(said.stream, said.position)]
    assert page.speaking["s2", said.participant] == ""
    feed.take_segment(again, stored=True)
    page.read(feed)
    assert list(page.finals) == [(said.stream, said.position)]
    assert page.finals[said.stream, said.position]["stored"] is True
    monkeypatch.setattr(feed_module, "MOST_SEGMENTS", 1)
    feed.take_caption(Caption.of_final(words(2)[1]))
    assert feed._first.keys() == {words(2)[1].identity}


def test_a_final_that_is_stored_ends_nothing_that_is_being_said() -> None:
    """The next phrase has begun by then: whoever comes now is shown it, and everybody is told of its end."""
    feed, page = CallFeed("e"), Page()
    (said,) = words(1)
    speaking = said.stream, said.participant
    feed.take_caption(Caption.of_final(said))
    feed.take_caption(intermediate("Next", said.participant, said.stream))
    page.read(feed)
    feed.take_segment(said, stored=True)
    for reader in (page, Page()):
        reader.read(feed)
        assert reader.speaking[speaking] == "Next"
    feed.take_caption(Caption(kind="stream_closed", stream=said.stream, at=BEGAN))
    page.read(feed)
    assert page.speaking[speaking] == ""


def test_finals_of_an_ingest_that_tells_no_identities_are_told_apart_by_their_places() -> None:
    """Two replicas may be of two versions while one is being rolled out."""
    feed = CallFeed("e")
    for said in words(3):
        feed.take_caption(Caption.of_final(said).model_copy(update={"identity": None}))
        feed.take_segment(said, stored=True)
    events = read(feed.load(PageRole.VIEWER)[0])
    assert [event["data"]["position"] for event in events if event["event"] == "segment"] == [1, 2, 3]


def test_the_newest_come_first_and_the_rest_is_said_to_be_there() -> None:
    """In the order of arrival, wherever they came from."""
    feed = CallFeed("e")
    said = words(FIRST_LOAD + 10)
    for one in reversed(said):
        feed.take_segment(one, stored=True)
    events = read(feed.load(PageRole.VIEWER)[0])
    positions = [event["data"]["position"] for event in events if event["event"] == "segment"]
    assert positions == list(range(11, FIRST_LOAD + 11))
    assert events[-1]["data"] == {"segments": FIRST_LOAD, "earlier": True}
    assert [event.get("id") for event in events] == [None] * (len(events) - 1) + [f"e-{FIRST_LOAD + 10}"]


def test_a_reader_too_far_behind_begins_anew(monkeypatch: Any) -> None:
    """Where a final that it has not seen is gone from the log; one who has seen it goes on."""
    monkeypatch.setattr(feed_module, "MOST_SEGMENTS", 5)
    feed, behind, close = CallFeed("e"), Page(), Page()
    behind.read(feed)
    for one in words(20):
        feed.take_segment(one, stored=False)
        if one.position == 16:
            close.read(feed)
    assert next(event["event"] for event in read(feed.since(0, PageRole.VIEWER)[0])) == "reset"
    behind.read(feed)
    assert sorted(position for _, position in behind.finals) == list(range(16, 21))
    close.read(feed)
    assert sorted(position for _, position in close.finals) == list(range(12, 21))
    assert read(feed.load(PageRole.VIEWER)[0])[-1]["data"]["earlier"] is True


def test_no_single_words_are_kept() -> None:
    """They would be three quarters of a feed, and no page shows them."""
    feed = CallFeed("e")
    said = words(1)[0].model_copy(update={"words": (Word(text="s1", offset=1, duration=1),)})
    feed.take_segment(said, stored=True)
    assert [(kept.segment.words, kept.segment.text) for kept in feed._said.values()] == [((), "s1 1")]


def test_ids_of_another_numbering() -> None:
    """Are none."""
    feed = CallFeed("e")
    feed.take_caption(intermediate("H"))
    assert feed.cursor_of("e-1") == 1
    for id_ in (None, "", "e", "e-", "f-1", "e-2", "e--1", "e-x", "e-\u00b2", "e-" + "9" * 30):
        assert feed.cursor_of(id_) is None


def test_statuses_are_made_for_each_role_and_sent_when_they_change() -> None:
    """The same again is nothing new."""
    feed = CallFeed("e")
    for known in ("a", "a", "b"):
        feed.take_status(known, partial(told, known))
    assert feed.last == 2
    for role in PageRole:
        (status,) = [one for one in read(feed.load(role)[0]) if one["event"] == "status"]
        assert status["data"] == {"known": "b", "role": role}


def test_names_given_later() -> None:
    """Are on what is sent from then on."""
    feed = CallFeed("e")
    feed.take_segment(words(1)[0], stored=True)
    assert "+1 202 555 0100" in feed.load(PageRole.VIEWER)[0][1].decode()
    feed.rename({ADA: "Ada"})
    assert '"label":"Ada"' in feed.load(PageRole.VIEWER)[0][1].decode()


def test_what_came_after_the_end_is_late() -> None:
    """By the clock of arrival."""
    feed = CallFeed("e")
    feed.ended_at = BEGAN + timedelta(seconds=1)
    for one in words(2):
        feed.take_segment(one, stored=True)
    assert [one["data"]["late"] for one in read(feed.load(PageRole.VIEWER)[0]) if one["event"] == "segment"] == [
        False,
        True,
    ]


@given(st.text())
def test_no_text_breaks_an_event(text: str) -> None:
    """One line of data, whatever is said."""
    written = event_text("segment", {"text": text})
    assert written.count(b"\n") == 3
    assert b"\r" not in written
    assert written.endswith(b"\n\n")


@given(st.lists(st.binary(max_size=50), max_size=40))
def test_pieces_lose_nothing(events: list[bytes]) -> None:
    """And none is much larger than asked."""
    cut = list(pieces(events, size=100))
    assert b"".join(cut) == b"".join(events)
    assert all(len(piece) < 150 for piece in cut)


def test_a_segment_without_an_offset_is_one() -> None:
    """Captions may lack what segments have."""
    feed = CallFeed("e")
    feed.take_caption(Caption(kind="final", stream="s", participant="p", text="x", position=3, at=BEGAN))
    (said,) = [one for one in read(feed.load(PageRole.VIEWER)[0]) if one["event"] == "segment"]
    assert said["data"]["offset"] == "0"
