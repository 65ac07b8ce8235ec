"""The check at the demo's end: a transcript against its script."""

import json
from collections.abc import Sequence
from datetime import UTC, datetime

from callscribe.transcript.model import Segment
from cli.script_check import compare
from emulator.scripts import CallScript, parse_script

ANNA, BERND = "4:+12025550100", "4:+12025550101"


def script(*lines: tuple[str, str], locales: Sequence[str | None] = ()) -> CallScript:
    """A script whose lines are said one after another."""
    rows = [json.dumps({"call": "test", "locale": "en-US", "participants": {ANNA: "Anna", BERND: "Bernd"}})]
    for number, (participant, text) in enumerate(lines):
        row: dict[str, object] = {
            "participant": participant,
            "offset_ms": number * 1000,
            "duration_ms": 900,
            "text": text,
        }
        if number < len(locales) and locales[number]:
            row["locale"] = locales[number]
        rows.append(json.dumps(row))
    return parse_script("\n".join(rows), "test")


def said(*phrases: tuple[str, str]) -> list[Segment]:
    """Segments as the store has them."""
    instant = datetime(2026, 1, 1, tzinfo=UTC)
    return [
        Segment(
            stream="s", position=number, participant=who, text=text, offset=number * 10_000_000, received_at=instant
        )
        for number, (who, text) in enumerate(phrases, start=1)
    ]


LINES = ((ANNA, "one"), (BERND, "two"), (ANNA, "three"), (ANNA, "one"))


def test_the_same_is_exact() -> None:
    """A phrase that the script has twice may be there twice."""
    comparison = compare(script(*LINES), said(*LINES))
    assert comparison.is_exact
    assert comparison.lines() == ["All 4 segments of the script are in the transcript, in order, none twice."]


def test_a_missing_phrase_is_counted() -> None:
    """One of two equal phrases counts too."""
    comparison = compare(script(*LINES), said(*LINES[:3]))
    assert (comparison.missing, comparison.is_exact) == (1, False)
    assert "1 missing" in comparison.lines()[-1]


def test_a_doubled_phrase_is_counted() -> None:
    """More often than spoken is wrong."""
    comparison = compare(script(*LINES), said(*LINES, (BERND, "two")))
    assert (comparison.doubled, comparison.unexpected, comparison.is_exact) == (1, 0, False)


def test_a_foreign_phrase_is_counted() -> None:
    """Nothing is there that nobody said."""
    comparison = compare(script(*LINES), said(*LINES, (BERND, "never")))
    assert (comparison.doubled, comparison.unexpected, comparison.is_exact) == (0, 1, False)


def test_a_phrase_of_somebody_else_is_missing_and_foreign() -> None:
    """The speaker belongs to the phrase."""
    comparison = compare(script((ANNA, "one")), said((BERND, "one")))
    assert (comparison.missing, comparison.unexpected) == (1, 1)


def test_a_speaker_out_of_order_is_named() -> None:
    """Each speaker's own order counts."""
    comparison = compare(script(*LINES), said((ANNA, "three"), (BERND, "two"), (ANNA, "one"), (ANNA, "one")))
    assert comparison.speakers_out_of_order == (ANNA,)
    assert not comparison.is_exact


def test_speakers_may_interleave_differently() -> None:
    """Two who talk at once have no order between them."""
    assert compare(script((ANNA, "one"), (BERND, "two")), said((BERND, "two"), (ANNA, "one"))).is_exact


def test_one_segment_is_one() -> None:
    """In words as well."""
    assert compare(script((ANNA, "Hello.")), said((ANNA, "Hello."))).lines() == [
        "The one segment of the script is in the transcript, once."
    ]
