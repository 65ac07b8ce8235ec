"""The words of a text as they are searched for."""

import unicodedata

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from callscribe.runtime.store.words import LONGEST_WORD, MOST_BYTES, MOST_WORDS, as_tsvector, fold, spaced, words_of


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("The merger closes on Friday.", "the merger closes on friday"),
        ("Straße, GRÖSSE, café!", "strasse grosse cafe"),
        ("don't; co-operate: 10:30 1,000", "don t co operate 10 30 1 000"),
        ("L\u2019été à Orléans", "l ete a orleans"),
        ("Łódź İstanbul Ørsted Æther", "lodz istanbul orsted aether"),
        ("今日は天気", "今 日 は 天 気"),
        ("が か ガ", "が か ガ"),
        ("\uff76\uff9e\uff7d \uff8a\uff9f", "ガ ス パ"),
        ("สวัสดี", "ส วั ส ดี"),
        ("नमस्ते दुनिया", "नमस्ते दुनिया"),
        ("한국어 회의", "한국어 회의"),
        ("مُحَمَّد", "محمد"),
        ("iPhone15 次に", "iphone15 次 に"),
        ("⑴ ½ ﬃ ﷺ", "1 12 ffi صلىاللهعليهوسلم"),
        ("a_b\x00c 😀 --> <v>", "a b c v"),
        ("", ""),
    ],
)
def test_how_texts_are_cut(text: str, words: str) -> None:
    """Without case, accents and punctuation; scripts without spaces by character; other scripts' vowels stay."""
    assert spaced(text) == words
    assert [found.word for found in words_of(text)] == words.split()


@settings(deadline=None)
@given(st.text(st.characters(), max_size=40))
@example("\u0301a")
@example("ﷺ⒈ĳ")
def test_words_hold_nothing_that_a_query_language_reads(text: str) -> None:
    """Whatever is said: letters, digits and marks, none empty; each from its place; and folding again changes nothing."""
    found = words_of(text)
    assert [one.word for one in found] == spaced(text).split(" " if found else None)
    for one in found:
        assert 0 < len(one.word) <= LONGEST_WORD
        assert all(char.isalnum() or unicodedata.category(char).startswith("M") for char in one.word)
        assert fold(text[one.start : one.end])[:LONGEST_WORD] == one.word
    assert [one.start for one in found] == sorted({one.start for one in found})


def test_places_are_counted_from_one() -> None:
    """As PostgreSQL writes them; a word that comes twice is written once."""
    assert as_tsvector("So, so it is") == "'so':1,2 'it':3 'is':4"
    assert as_tsvector("…") == ""


@pytest.mark.parametrize("letter", ["x", "é", "気"])
def test_endless_texts_have_an_end(letter: str) -> None:
    """No text can be too long for a database."""
    assert len(words_of(f"{letter} " * (MOST_WORDS + 5))) == len(spaced(f"{letter} " * (MOST_WORDS + 5)).split())
    assert len(words_of(f"{letter} " * (MOST_WORDS + 5))) == MOST_WORDS
    assert max(map(len, spaced(letter * 5000).split())) <= LONGEST_WORD


@pytest.mark.parametrize("letter", ["x", "é", "\U00010400"])
def test_the_words_of_a_text_have_a_size(letter: str) -> None:
    """However long each is: what is beyond the bytes is not found."""
    text = " ".join(f"{number}{letter * 90}" for number in range(MOST_WORDS))
    found = [one.word for one in words_of(text)]
    assert found == spaced(text).split()
    assert MOST_BYTES - 500 < sum(len(word.encode()) for word in found) <= MOST_BYTES
