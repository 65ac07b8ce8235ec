"""Displayed words with their times."""

from hypothesis import given
from hypothesis import strategies as st

from callscribe.transcript.graphemes import is_visible, width
from callscribe.transcript.timeline import Timed, lay_out
from callscribe.transcript.tokens import IDEOGRAPHIC_LINE_WIDTH, LINE_WIDTH, joined, line_width, tokens_of
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


def test_punctuation_that_a_space_sets_off_is_part_of_its_word() -> None:
    """No line begins or ends with it, and the words still lend their times; only what would be wider than a line is cut."""
    found = tokens_of(timed("« Ça va ? »", ("ça", 1, 0.5), ("va", 2, 0.5)))
    assert [(one.text, one.start) for one in found] == [("« Ça", 10_000_000), ("va ? »", 20_000_000)]
    assert joined(found) == "« Ça va ? »"
    assert [one.text for one in tokens_of(timed("x" * 41 + " ?"))] == ["x" * 41, "?"]


def test_without_words_the_phrase_is_shared_by_length() -> None:
    """From its start to its end, longer words longer."""
    found = tokens_of(timed("a wonderful day"))
    assert (found[0].start, found[-1].end) == (0, 100_000_000)
    assert found[1].end - found[1].start > found[0].end - found[0].start


def test_a_phrase_without_any_duration_gets_a_plausible_one() -> None:
    """Seventy milliseconds a letter."""
    assert tokens_of(timed("hello", duration=None))[-1].end == 3_500_000
    assert tokens_of(timed("   ", duration=None)) == ()


def test_chinese_and_japanese_are_tokens_that_may_end_a_line() -> None:
    """Every character but what must not begin a line; timed by the spoken words that they are part of."""
    said = "今日はお電話ありがとう。"
    found = tokens_of(timed(said, ("今日", 0, 1), ("は", 1, 1), ("お電話", 2, 3), ("ありがとう", 5, 5)))
    assert [one.text for one in found] == ["今", "日", "は", "お", "電", "話", "あ", "り", "が", "と", "う。"]
    assert joined(found) == said
    assert [one.start // 10_000_000 for one in found] == [0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9]
    assert [one.text for one in found if one.spoken] == ["今", "は", "お", "あ"]


def test_lines_of_chinese_and_japanese_are_shorter() -> None:
    """Sixteen full-width characters; a name among Latin letters changes nothing."""
    assert line_width("担当の田中と申します") == line_width("担当のJohnです") == IDEOGRAPHIC_LINE_WIDTH
    assert line_width("This is 田中 from sales") == line_width("안녕하세요") == LINE_WIDTH


def test_a_word_longer_than_a_line_is_cut_between_displayed_characters() -> None:
    """A family stays together."""
    found = tokens_of(timed("👨‍👩‍👧" * 30))
    assert [len(one.text) % 5 for one in found] == [0] * len(found)
    assert [one.glued for one in found] == [False, True]


def test_control_characters_are_no_words() -> None:
    """Nobody can read them."""
    assert [one.text for one in tokens_of(timed("a\x00 \x07 b"))] == ["a", "b"]


def test_what_nobody_sees_is_no_word() -> None:
    """Zero-width spaces and byte order marks; beside a letter they stay."""
    assert tokens_of(timed("\u200b \ufeff\u200b \u3164")) == ()
    assert joined(tokens_of(timed("a \u200b\u8a9e \ufeff b\u200b"))) == "a \u8a9e b\u200b"


text = st.lists(st.text("abcXYZ.,!?$5é語。-「のカ\u0301😀\u200d", min_size=1, max_size=60), max_size=12).map(" ".join)
words = st.lists(st.tuples(st.text("abcxyz5語の", max_size=9), st.integers(-5, 20), st.integers(0, 9)), max_size=14)


@given(text, words)
def test_tokens_keep_text_and_time(said: str, spoken: list[tuple[str, float, float]]) -> None:
    """Whatever words ACS sends beside whatever text: every letter is kept, times rise inside the segment."""
    whole = timed(said, *spoken)
    found = tokens_of(whole)
    seen = [word for word in whole.segment.text.split() if is_visible(word)]
    assert joined(found).replace("\u200d", "").split() == " ".join(seen).replace("\u200d", "").split()
    assert all(width(one.text) <= LINE_WIDTH for one in found)
    reached = whole.start
    for one in found:
        assert reached <= one.start <= one.end <= whole.end
        reached = one.start
