"""Displayed characters and their columns."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.graphemes import (
    cleaned,
    clusters,
    fitting,
    is_ideographic,
    is_visible,
    one_line,
    shortened,
    width,
)

FAMILY = "👨‍👩‍👧"
COMPOSED = "e\u0301"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("abc", ["a", "b", "c"]),
        (f"{COMPOSED}x", [COMPOSED, "x"]),
        (f"a{FAMILY}b", ["a", FAMILY, "b"]),
        ("🇩🇪🇫🇷", ["🇩🇪", "🇫🇷"]),
        ("👍🏽!", ["👍🏽", "!"]),
        ("\u1112\u1161\u11ab", ["\u1112\u1161\u11ab"]),
        ("น้ำคำ", ["น้ำ", "คำ"]),
        ("ນ້ຳ", ["ນ້ຳ"]),
        ("\uff76\uff9e\uff8a\uff9f", ["\uff76\uff9e", "\uff8a\uff9f"]),
        ("", []),
    ],
)
def test_characters_are_what_is_displayed(text: str, shown: list[str]) -> None:
    """Accents, families, flags, skins, Korean letters, Thai and Lao vowels and Japanese voicing are never torn."""
    assert list(clusters(text)) == shown


@pytest.mark.parametrize(
    ("text", "columns"),
    [("abc", 3), (COMPOSED, 1), ("田中", 4), (FAMILY, 2), ("🇩🇪", 2), ("❤️", 2), ("שלום", 4), ("한국", 4), ("", 0)],
)
def test_width_counts_columns(text: str, columns: int) -> None:
    """Two for wide characters, one for any other, however composed."""
    assert width(text) == columns


@given(st.text(), st.integers(1, 20))
def test_text_is_cut_between_displayed_characters(text: str, columns: int) -> None:
    """The first part fits, or is one character; both together are the text."""
    cut = fitting(text, columns)
    assert "".join(clusters(text)) == text
    assert width(text[:cut]) <= columns or len(list(clusters(text[:cut]))) == 1
    assert (cut > 0) == bool(text)


@pytest.mark.parametrize(
    ("name", "short"),
    [("Ann", "Ann"), ("Annabel Lee", "Annabel…"), ("Annabelle Lee", "Annabel…"), ("田中太郎さん", "田中太…")],
)
def test_long_names_are_shortened(name: str, short: str) -> None:
    """To so many columns, with an ellipsis."""
    assert shortened(name, 8) == short
    assert width(short) <= 8


def test_control_characters_are_left_out() -> None:
    """White space among them becomes a space in a line."""
    assert cleaned("a\x00b\x1b[0m\nc") == "ab[0m\nc"
    assert one_line(" a\x07\u2028b\r\n\tc ") == "a b c"


def test_chinese_and_japanese_are_told_from_the_rest() -> None:
    """Korean has spaces and is not among them."""
    assert [is_ideographic(one) for one in "田のカー。\uff08aé한😀"] == [True] * 6 + [False] * 4


def test_what_nobody_sees_is_told_from_the_rest() -> None:
    """White space, joiners, marks of byte order and fillers show nothing, alone or together."""
    assert [is_visible(one) for one in ("", " ", "\u200b", "\ufeff", "\u200d\ufe0f", "\u3164")] == [False] * 6
    assert [is_visible(one) for one in ("a", "\u200b.", "語", "😀", "\u0301")] == [True] * 5
