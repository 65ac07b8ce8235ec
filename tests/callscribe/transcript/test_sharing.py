"""Several turns in one cue."""

from callscribe.transcript.sharing import Turn, shared_lines
from callscribe.transcript.tokens import Token


def turn(label: str, text: str) -> Turn:
    """What somebody says."""
    return label, tuple(Token(word, 0, 0) for word in text.split())


def test_little_stands_on_one_line() -> None:
    """Each behind its label; what goes on has none."""
    assert shared_lines([turn("A:", "Yes."), turn("", "Well."), turn("B:", "No.")], 42) == ("A: Yes. Well. B: No.",)


def test_the_second_line_begins_with_somebody_else() -> None:
    """Where there are several, with the one that makes the lines most even."""
    said = [turn("A:", "Good morning."), turn("B:", "Good morning everybody."), turn("C:", "Hello.")]
    assert shared_lines(said, 42) == ("A: Good morning.", "B: Good morning everybody. C: Hello.")


def test_a_long_turn_goes_on_in_the_second_line() -> None:
    """Broken where a line is; a label stays with its words."""
    said = [turn("A:", "I would say that this is not so, but then who am I?"), turn("B:", "Right.")]
    assert shared_lines(said, 42) == ("A: I would say that this is not so,", "but then who am I? B: Right.")


def test_what_does_not_fit_is_refused() -> None:
    """Two lines are all there is, and a label needs room beside a word."""
    assert shared_lines([turn("A:", "word " * 9), turn("B:", "word " * 9)], 42) is None
    assert shared_lines([turn("A:", "Yes."), turn("B:", "x" * 41)], 42) is None


def test_characters_without_spaces_stay_together() -> None:
    """Only a label parts them."""
    said = ("A:", (Token("今", 0, 0), Token("日", 0, 0, glued=True)))
    assert shared_lines([said, turn("B:", "はい。")], 42) == ("A: 今日 B: はい。",)
