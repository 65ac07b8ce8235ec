"""Displayed words with their times."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.timeline import Timed, lay_out
from callscribe.transcript.tokens import LINE_WIDTH, joined, shortened, tokens_of, width
from tests.callscribe.transcript.making import segment, stream


def timed(text: str, *words: tuple[str, float, float], duration: float | None = 10) -> Timed:
    """A segment at 0 s."""
    return lay_out([segment(1, 0, text, duration=duration, words=words)], [stream()])[0]


def test_words_that_correspond_lend_their_times() -> None:
    """One displayed word for each spoken one."""
    found = tokens_of(timed("Hello, everyone.", ("hello", 1, 0.5), ("everyone", 2, 0.75)))
    assert [(one.text, one.start, one.end, one.spoken) for one in found] == [
        ("Hello,", 10_000_000, 15_000_000, True),
        ("everyone.", 20_000_000, 27_500_000, True),
    ]


def test_numbers_share_the_time_between_their_neighbours() -> None:
    """`$5.2 million` was spoken in other words; what stands round it was not."""
    spoken = ("we", "made", "five", "point", "two", "million", "dollars", "today")
    words = [(word, float(n), 0.5) for n, word in enumerate(spoken)]
    found = {one.text: one for one in tokens_of(timed("We made $5.2 million today.", *words))}
    assert found["made"].start == 10_000_000
    assert found["today."].start == 70_000_000
    assert 15_000_000 <= found["$5.2"].start < found["million"].start == 50_000_000
    assert not found["$5.2"].spoken


def test_without_words_the_phrase_is_shared_by_length() -> None:
    """From its start to its end, longer words longer."""
    found = tokens_of(timed("a wonderful day"))
    assert (found[0].start, found[-1].end) == (0, 100_000_000)
    assert found[1].end - found[1].start > found[0].end - found[0].start


def test_a_phrase_without_any_duration_gets_a_plausible_one() -> None:
    """Seventy milliseconds a letter."""
    assert tokens_of(timed("hello", duration=None))[-1].end == 3_500_000
    assert tokens_of(timed("   ", duration=None)) == ()


def test_text_without_spaces_is_cut_into_lines() -> None:
    """Chinese and Japanese: two columns a character, after punctuation where there is some."""
    found = tokens_of(timed("今日はお電話ありがとうございます。担当の田中と申します、どうぞよろしくお願いいたします。"))
    assert len(found) > 2
    assert found[0].text.endswith("。")
    assert all(width(one.text) <= LINE_WIDTH for one in found)
    assert (
        joined(found)
        == timed(
            "今日はお電話ありがとうございます。担当の田中と申します、どうぞよろしくお願いいたします。"
        ).segment.text
    )


text = st.lists(st.text("abcXYZ.,!?$5é語。-", min_size=1, max_size=60), max_size=12).map(" ".join)
words = st.lists(st.tuples(st.text("abcxyz5", max_size=9), st.integers(-5, 20), st.integers(0, 9)), max_size=14)


@given(text, words)
def test_tokens_keep_text_and_time(said: str, spoken: list[tuple[str, float, float]]) -> None:
    """Whatever words ACS sends beside whatever text: every letter is kept, times rise inside the segment."""
    whole = timed(said, *spoken)
    found = tokens_of(whole)
    assert joined(found).split() == whole.segment.text.split()
    assert all(width(one.text) <= LINE_WIDTH for one in found)
    reached = whole.start
    for one in found:
        assert reached <= one.start <= one.end <= whole.end
        reached = one.start


@pytest.mark.parametrize(
    ("name", "short"),
    [("Ann", "Ann"), ("Annabel Lee", "Annabel…"), ("Annabelle Lee", "Annabel…"), ("田中太郎さん", "田中太…")],
)
def test_long_names_are_shortened(name: str, short: str) -> None:
    """To so many columns, with an ellipsis."""
    assert shortened(name, 8) == short
    assert width(short) <= 8
