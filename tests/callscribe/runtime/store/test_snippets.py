"""What to show of a segment that was found."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from callscribe.runtime.store.queries import Query
from callscribe.runtime.store.snippets import LONGEST, snippet


def marked(text: str, typed: str) -> str:
    """A snippet with its matches in brackets."""
    return "".join(f"[{part.text}]" if part.match else part.text for part in snippet(text, Query.parse(typed)))


def test_matches_are_marked() -> None:
    """As they stand in the text: with their accents, their case, and the signs inside a phrase."""
    assert marked("Die Größe, bitte!", "grosse") == "Die [Größe], bitte!"
    assert marked("closes on Friday", '"on fri*" closes') == "[closes] [on Friday]"
    assert marked("don't, don\u2019t", "don't") == "[don't], [don\u2019t]"
    assert marked("今日は天気です", "天気") == "今日は[天気]です"
    assert marked("a b a b a", '"a b a"') == "[a b a b a]"
    assert marked("<b>x</b>", "x") == "<b>[x]</b>"


def test_long_texts_are_cut_around_the_first_match() -> None:
    """At spaces, with a sign where something is missing."""
    text = f"{'before ' * 60}needle {'after ' * 60}needle"
    shown = marked(text, "needle")
    assert shown.startswith("…before ")
    assert "[needle]" in shown
    assert shown.endswith("after…")
    assert LONGEST - 80 < len(shown) < LONGEST + 10
    assert marked("x" * 500, "x*").count("x") == 500


def test_long_texts_are_cut_where_most_of_the_words_stand() -> None:
    """A word that is everywhere must not hide the one that was looked for; near or far, each term counts once."""
    text = f"{'all the way ' * 60}the refund on Friday {'and the rest ' * 60}"
    for typed in ("the refund", "refund the", '"on friday" the ref*'):
        assert "refund" in marked(text, typed).replace("[", "").replace("]", ""), typed
    assert marked(text, "the refund").count("[refund]") == 1
    assert "[the] [refund] [on Friday]" in marked(text, 'the refund "on friday"')
    far = f"needle {'hay ' * 300}pin"
    assert marked(far, "pin needle").startswith("[needle] hay")


def test_a_match_that_has_no_end_is_marked_as_far_as_it_is_seen() -> None:
    """Matches that overlap are one, which may be longer than what is shown."""
    shown = marked(f"So {'na ' * 200}batman", '"na na na"')
    assert shown.startswith("So [na na")
    assert shown.endswith("na]…")
    assert len(shown) < LONGEST + 10


def test_a_single_space_does_not_end_what_is_shown() -> None:
    """Where words have none between them, one may stand right behind the match."""
    text = f"{'前' * 300} refund {'後' * 300}"
    shown = marked(text, "refund")
    assert "前" * 20 in shown
    assert "後" * 100 in shown


@pytest.mark.parametrize("character", ["นี้", "👩\u200d👩\u200d👧"])
def test_no_displayed_character_is_cut(character: str) -> None:
    """Neither a vowel from its letter nor a family of emoji, wherever it stands."""
    for dots in ("", ".", "..", "...", "...."):
        shown = marked(f"{character * 100}{dots}refund{dots}{character * 100}", "refund")
        assert shown.replace(character, "") == f"…{dots}[refund]{dots}…"


@settings(deadline=None)
@given(st.lists(st.sampled_from(["needle", "hay", "—", "stack!", "é", "天気", "  "]), min_size=1, max_size=120))
def test_parts_make_up_the_text(pieces: list[str]) -> None:
    """Put together they are a stretch of the text, and what is marked is what was looked for."""
    text = " ".join(pieces)
    parts = snippet(text, Query.parse("needle 天気"))
    whole = "".join(part.text for part in parts)
    assert whole.strip("…") in text
    assert all(part.text in {"needle", "天気"} for part in parts if part.match)
    assert all(part.text for part in parts) or not text
    if "needle" in pieces or "天気" in pieces:
        assert any(part.match for part in parts)
