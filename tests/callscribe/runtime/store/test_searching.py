"""Finding what was said; the same on both databases."""

from datetime import timedelta
from typing import Final

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callscribe.runtime.store import CursorError, QueryError, TranscriptStore
from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.words import MOST_WORDS, words_of
from callscribe.transcript.model import Segment
from callscribe.transcript.timeline import zero_of
from tests.callscribe.runtime.store.conftest import START, opening, saving, segment

CORPUS: Final = (
    "The merger closes on Friday.",
    "On Friday we close the merger; closes it then?",
    "Größe 42, straße nach Łódź",
    "grosse Strasse, café au lait",
    "It's a well-known fact: 10:30, 1,000 and 3.14e5!",
    "今日は天気がいいですね",
    "天は気まぐれ",
    "สวัสดีครับ คุณสบายดีไหม",
    "नमस्ते दुनिया",
    "user@example.com https://example.com/a-b_c?d=e&f=g -5 +7 a/b/c",
    "!!! … ???",
    "",
    "so so so what, so be it",
    "AND OR NOT NEAR spoken text",
    "😀 emoji 👩‍👩‍👧 family",
    "مُحَمَّد شرم الشيخ",
    "x" * 3000,
    "word " * 400,
    "it''s a \\ back'slash \" quote : & | ! ( ) <-> * ^",
)
WORDS: Final = sorted({found.word for text in CORPUS for found in words_of(text)})


@pytest.fixture
async def corpus(store: TranscriptStore) -> TranscriptStore:
    """A store that holds the corpus twice: in the calls `a` and `b`."""
    for minutes, key in enumerate("ab"):
        said = [segment(number, text=text) for number, text in enumerate(CORPUS, start=1)]
        await store.save(saving(*said, key=key, streams=(opening(minutes=minutes),)))
    return store


def expected(typed: str) -> list[int]:
    """What a search has to find in the corpus, told without any database: positions, the newest first."""
    query = Query.parse(typed)
    texts = [words_of(text) for text in CORPUS]
    return [
        number
        for number in range(len(CORPUS), 0, -1)
        if all(term.found_at(texts[number - 1]) for term in query.wanted)
        and not any(term.found_at(texts[number - 1]) for term in query.unwanted)
    ]


async def found(store: TranscriptStore, typed: str) -> list[int]:
    """Positions in one call."""
    return [hit.segment.position for hit in (await store.search(typed, key="b", limit=100)).hits]


FOUND: Final = {
    "friday merger": [2, 1],
    '"closes on friday"': [1],
    "merger -then": [1],
    "GROSSE": [4, 3],
    "strass*": [4, 3],
    "lodz": [3],
    "天気": [6],
    "気": [7, 6],
    "สบายดี": [8],
    "محمد": [16],
    "3.14e5": [5],
    "a-b_c": [10],
    "spoken:text": [14],
    "नमस्ते": [9],
    "*****merger*": [2, 1],
}


async def test_what_is_found(corpus: TranscriptStore) -> None:
    """The same on both databases."""
    assert {typed: await found(corpus, typed) for typed in FOUND} == FOUND
    assert {typed: expected(typed) for typed in FOUND} == FOUND


pieces = st.one_of(
    st.sampled_from(WORDS),
    st.sampled_from(WORDS).map(lambda word: f"{word[: len(word) // 2]}*"),
    st.sampled_from(WORDS).map(lambda word: f"-{word}"),
    st.lists(st.sampled_from(WORDS), min_size=1, max_size=2).map(lambda words: f'"{" ".join(words)}"'),
    st.text(max_size=8),
    st.sampled_from(
        ["'", '"', "\\", "*", "-", "(", ")", ":", "^", "{", "}", "&", "|", "!", "<->", "NEAR(", "\x00", "NOT"]
    ),
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(typed=st.lists(pieces, max_size=5).map(" ".join))
async def test_any_query_finds_what_it_should_or_is_refused(corpus: TranscriptStore, typed: str) -> None:
    """No sign can break a query or lead it astray: on each database it finds exactly what the words say."""
    try:
        told = expected(typed)
    except QueryError:
        with pytest.raises(QueryError):
            await corpus.search(typed)
    else:
        assert await found(corpus, typed) == told


async def test_pages_hold_everything_once(corpus: TranscriptStore) -> None:
    """Newest first over all calls, while others are saved meanwhile; the last page says that it is the last."""
    seen: list[tuple[str, int]] = []
    after: str | None = None
    for number in range(99):
        page = await corpus.search("so* -zzz", limit=1, after=after)
        seen += [(hit.key, hit.segment.position) for hit in page.hits]
        await corpus.save(saving(segment(1, text=f"so new {number}"), key=f"new{number}"))
        after = page.after
        if after is None:
            break
    assert seen == [("b", 13), ("a", 13)]
    with pytest.raises(CursorError):
        await corpus.search("so", after="nonsense")


async def test_what_a_hit_tells(corpus: TranscriptStore) -> None:
    """The segment, its call, the time into it, and the text in parts."""
    (hit,) = (await corpus.search("cafe", key="a")).hits
    assert isinstance(hit.segment, Segment)
    assert (hit.key, hit.segment.text, hit.segment.words) == ("a", CORPUS[3], ())
    assert [(part.text, part.match) for part in hit.snippet] == [
        ("grosse Strasse, ", False),
        ("café", True),
        (" au lait", False),
    ]
    assert (hit.call_started_at, hit.zero_at) == (START, START)
    assert hit.segment.received_at == START + timedelta(seconds=4)
    assert hit.seconds_in == pytest.approx(4 - 0.96)
    assert (await corpus.search("cafe", key="unknown")).hits == ()


async def test_times_count_from_the_first_stream_that_said_anything(store: TranscriptStore) -> None:
    """As in every export: a socket that opened before and brought nothing is no beginning."""
    silent = opening("s0", minutes=-1)
    await store.save(saving(segment(1, text="so late"), streams=(silent, opening())))
    (hit,) = (await store.search("late")).hits
    stored = await store.transcript("k")
    assert stored is not None
    assert hit.zero_at == zero_of(stored.segments, stored.streams) == START


@pytest.mark.parametrize("letter", ["x", "\U00010428"])
async def test_no_text_is_too_long_to_be_stored(store: TranscriptStore, letter: str) -> None:
    """A megabyte of long words, each another: the text stays whole, and its beginning is found."""
    text = " ".join(f"{number}{letter * 95}" for number in range(MOST_WORDS + 1))
    outcome = await store.save(saving(segment(1, text=text)))
    assert outcome.stored == 1
    assert (await store.newest_segments("k", 1))[0].text == text
    assert len((await store.search(f"0{letter * 95}")).hits) == 1
