"""What the forms for readers share."""

from callscribe.transcript.assembly import assemble
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.facts import Gap, GapCause
from callscribe.transcript.formats.reading import clock, facts, gap_texts, missing_text, timestamp, turns, verdict_text
from tests.callscribe.transcript.formats.samples import VERDICT, awkward, empty
from tests.callscribe.transcript.making import at, segment


def test_times_are_written_as_each_form_wants_them() -> None:
    """Hours may pass a hundred."""
    hours = 142 * 36_000_000_000
    assert clock(hours + 610_000_000) == "142:01:01"
    assert timestamp(hours + 10_005_000, ".") == "142:00:01.000"
    assert timestamp(15_670_000, ",") == "00:00:01,567"


def test_an_amended_transcript_says_so() -> None:
    """From its second revision."""
    amended = assemble("k", locale="en-US", verdict=VERDICT, revision=2)
    assert verdict_text(amended).startswith("partial (revision 2). Words may be missing")
    assert gap_texts(amended) == gap_texts(awkward())
    assert gap_texts(empty()) == []


def test_turns_name_a_locale_where_it_changes() -> None:
    """ACS's own spelling of the same locale is no change; empty finals are no turn."""
    said = [
        segment(1, 0, "One.", locale="en-us"),
        segment(2, 4, " "),
        segment(3, 8, "Zwei.", locale="de-DE"),
        segment(4, 12, "Drei.", locale="de-DE"),
        segment(5, 16, "Four.", locale="en-US"),
    ]
    found = turns(excerpt(assemble("k", locale="en-US", segments=said)))
    assert [(turn.text, turn.locale) for turn in found] == [
        ("One.", None),
        ("Zwei.", "de-DE"),
        ("Drei.", None),
        ("Four.", "en-US"),
    ]


def test_a_gap_says_what_is_missing_or_where_to_be_careful() -> None:
    """An interruption has a length; what could not be read may have been said at any time until then."""
    cut = Gap(start=at(0), end=at(12), cause=GapCause.STREAM_INTERRUPTED)
    paused = Gap(start=at(0), end=at(5), cause=GapCause.PAUSED)
    stopped = Gap(start=at(0), end=at(50), cause=GapCause.STOPPED)
    unread = Gap(start=at(0), end=at(60), cause=GapCause.UNREADABLE, note="2 messages\nkept raw")
    assert missing_text(0, 120_000_000, cut) == "gap 12 s: stream interrupted"
    assert missing_text(0, 50_000_000, paused) == "paused 5 s"
    assert missing_text(0, 500_000_000, stopped) == "transcription stopped for 50 s"
    assert missing_text(0, 600_000_000, unread) == (
        "words may be missing from here to 0:01:00: unreadable: 2 messages kept raw"
    )


def test_what_is_not_known_is_not_said() -> None:
    """A call that runs has no duration yet."""
    assert [name for name, _ in facts(excerpt(empty()))] == ["Language"]
