"""Phrases cut into the texts of subtitles."""

from callscribe.transcript.cutting import Phrase
from callscribe.transcript.timeline import lay_out
from callscribe.transcript.tokens import joined, tokens_of
from tests.callscribe.transcript.making import segment, stream


def phrase(text: str, *, duration: float = 6.5, limit: int = 42, label: str = "") -> Phrase:
    """Of one segment in English."""
    (timed,) = lay_out([segment(1, 0, text, duration=duration)], [stream()])
    return Phrase(tokens_of(timed), limit=limit, language="en", label=label)


def texts(one: Phrase) -> list[tuple[str, ...]]:
    """The lines of each cue."""
    return [tuple(joined(line) for line in one.lines(start, end)) for start, end in one.cut()]


def test_lines_are_broken_before_what_leads_a_phrase() -> None:
    """`of the numbers` is not torn, though the lines would be more even."""
    assert texts(phrase("We look at all of the numbers of the company")) == [
        ("We look at all", "of the numbers of the company")
    ]


def test_an_article_never_ends_a_cue() -> None:
    """Nor does a preposition."""
    said = (
        "Our people have been working from the offices in the centre of the city and they would like to keep the "
        "desks that they have in the building for at least the rest of the year"
    )
    for lines in texts(phrase(said, duration=14)):
        assert lines[-1].split()[-1] not in {"the", "of", "in", "and", "that", "for", "to", "they", "from"}


def test_no_scrap_is_left_over() -> None:
    """The last word of a phrase does not stand alone where it could stand with others."""
    found = texts(
        phrase("one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen")
    )
    assert len(found) == 2
    assert min(sum(map(len, lines)) for lines in found) > 20


def test_of_two_even_lines_the_first_is_the_shorter() -> None:
    """It hides less of the picture."""
    assert texts(phrase("aaaaaaaaaa bbbbbbbbbb cccccccccc dddddddddd eeeeeeeeee")) == [
        ("aaaaaaaaaa bbbbbbbbbb", "cccccccccc dddddddddd eeeeeeeeee")
    ]


def test_a_label_takes_room_in_the_first_line() -> None:
    """And only there."""
    one = phrase("aaaaaaaaaa bbbbbbbbbb cccccccccc", label="Somebody:")
    assert one.columns(0, 3) == 42
    assert one.columns(1, 3) == 21
