"""What people type to search."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callscribe.runtime.store.queries import LONGEST_QUERY, Query, QueryError, Term
from callscribe.runtime.store.words import WordAt, words_of


@pytest.mark.parametrize(
    ("typed", "wanted", "unwanted"),
    [
        ("Merger friday", [("merger",), ("friday",)], []),
        ('"closes on friday" merger', [("closes", "on", "friday"), ("merger",)], []),
        ("merger -friday", [("merger",)], [("friday",)]),
        ('merger -"on friday"', [("merger",)], [("on", "friday")]),
        ("merg*", [("merg", "*")], []),
        ('"on fri*" x', [("on", "fri", "*"), ("x",)], []),
        ('"on fri"*', [("on", "fri", "*")], []),
        ("-sonn* tag", [("tag",)], [("sonn", "*")]),
        ("don't", [("don", "t")], []),
        ("well-known", [("well", "known")], []),
        ("„Größe“ »ja«", [("grosse",), ("ja",)], []),
        ('unclosed "phrase here', [("unclosed",), ("phrase", "here")], []),
        ("天気 AND (x OR y) NEAR/3 spoken:z ^a", [("天", "気"), ("and",), ("x",), ("or",), ("y",)], []),
        ("- a * ''", [("a",)], []),
        ("'merg*', (fri*)", [("merg", "*"), ("fri", "*")], []),
        ('"on fri*." x*y', [("on", "fri", "*"), ("x", "y")], []),
        ("merg\uff0a \uff02on fri\uff02 \uff0dmon", [("merg", "*"), ("on", "fri")], [("mon",)]),
        ("twice twice", [("twice",)], []),
    ],
)
def test_what_is_meant(typed: str, wanted: list[tuple[str, ...]], unwanted: list[tuple[str, ...]]) -> None:
    """Words, phrases, beginnings, exclusions; other signs mean nothing."""

    def told(terms: tuple[Term, ...]) -> list[tuple[str, ...]]:
        return [(*term.words, "*") if term.open else term.words for term in terms]

    query = Query.parse(typed)
    assert told(query.wanted)[: len(wanted)] == wanted
    assert told(query.unwanted) == unwanted


@pytest.mark.parametrize("typed", ["", "   ", "-merger", '""', "?!* -", "😀", '-"a b" -c'])
def test_nothing_to_look_for(typed: str) -> None:
    """The message says what to type."""
    with pytest.raises(QueryError, match="at least one word"):
        Query.parse(typed)


def test_too_much_to_look_for() -> None:
    """Neither a book nor a list."""
    with pytest.raises(QueryError, match="64 words"):
        Query.parse(" ".join(f"w{number}" for number in range(65)))
    with pytest.raises(QueryError, match="1,000 characters"):
        Query.parse("x" * (LONGEST_QUERY + 1))


def test_how_the_databases_are_asked() -> None:
    """In their own languages."""
    query = Query.parse('merger "on fri*" -monday -"this w"*')
    assert query.for_sqlite() == '("merger" AND "on fri" *) NOT "monday" NOT "this w" *'
    assert query.for_postgresql() == "('merger') & ('on' <-> 'fri':*) & !('monday') & !('this' <-> 'w':*)"


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_query_or_an_error_of_ours(typed: str) -> None:
    """Parsing returns a query whose words are words, or raises `QueryError`; never anything else."""
    try:
        query = Query.parse(typed)
    except QueryError:
        return
    for term in (*query.wanted, *query.unwanted):
        assert all(term.words)


def test_where_a_term_is_found() -> None:
    """Every place, also overlapping ones."""
    words = words_of("a b a b a bc")
    assert Term(("a", "b")).found_at(words) == [(0, 2), (2, 4)]
    assert Term(("a", "b"), open=True).found_at(words) == [(0, 2), (2, 4), (4, 6)]
    assert Term(("a", "b", "a")).found_at(words) == [(0, 3), (2, 5)]
    assert Term(("z",)).found_at(words) == []


def test_a_long_text_is_not_copied_at_each_of_its_words() -> None:
    """What somebody says for an hour is looked through once: a search shows many such texts."""

    class Words(list[WordAt]):
        def __getitem__(self, at: object) -> Any:
            assert isinstance(at, int), "a slice copies what it takes"
            return super().__getitem__(at)

    assert Term(("a", "b")).found_at(Words(words_of("a b " * 3))) == [(0, 2), (2, 4), (4, 6)]
