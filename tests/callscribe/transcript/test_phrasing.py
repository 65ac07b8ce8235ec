"""Where a line may end."""

import pytest

from callscribe.transcript.phrasing import Break, break_between, stays_with, unspaced


@pytest.mark.parametrize(
    ("before", "after", "language", "expected"),
    [
        ("good.", "We", "en", Break.SENTENCE),
        ('good."', "We", "en", Break.SENTENCE),
        ("region,", "and", "en", Break.CLAUSE),
        ("growth", "because", "en", Break.PHRASE),
        ("growth", "Because", "en", Break.PHRASE),
        ("quarterly", "growth", "en", Break.WORD),
        ("the", "growth", "en", Break.CLINGING),
        ("Mr.", "Smith", "en", Break.CLINGING),
        ("weil", "das", "de", Break.CLINGING),
        ("Wachstum", "weil", "de", Break.PHRASE),
        ("the", "growth", "fi", Break.WORD),
        ("हूँ।", "और", "hi", Break.SENTENCE),
        ("؟؟", "نعم", "ar", Break.SENTENCE),
    ],
)
def test_words_tell_how_good_a_place_is(before: str, after: str, language: str, expected: Break) -> None:
    """Before what leads a phrase, never after it."""
    assert break_between(before, after, language=language) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ("す。", "担", Break.SENTENCE),
        ("は", "電", Break.PHRASE),
        ("電", "話", Break.WORD),
        ("カ", "メ", Break.CLINGING),
        ("あ", "り", Break.CLINGING),
        ("abc", "def", Break.CLINGING),
    ],
)
def test_inside_words_without_spaces(before: str, after: str, expected: Break) -> None:
    """Best where a particle ends, worst inside a loan word or a word that is longer than a line."""
    assert break_between(before, after, glued=True, language="ja") is expected


def test_no_line_begins_with_closing_or_ends_with_opening_punctuation() -> None:
    """Kinsoku; Latin words inside stay whole, other scripts are not cut at all."""
    assert unspaced("「はい」とAI技術。") == ["「は", "い」", "と", "AI", "技", "術。"]
    assert unspaced("カード") == ["カー", "ド"]
    assert unspaced("안녕하세요") == ["안녕하세요"]
    assert unspaced("plain") == ["plain"]
    assert unspaced("שלום") == ["שלום"]


@pytest.mark.parametrize(
    ("before", "after", "stays"),
    [
        ("va", "?", True),
        ("vite", "?!", True),
        ("!", "»", True),
        ("«", "oui", True),
        ("50", "%", True),
        ("sagte", "»oui«", False),
        ("Roger.", "...", False),
        ("plain", "words", False),
    ],
)
def test_punctuation_behind_a_space_stays_with_its_word(before: str, after: str, stays: bool) -> None:
    """As French writes it; dots by themselves are a pause, which may begin a line."""
    assert stays_with(before, after) is stays
