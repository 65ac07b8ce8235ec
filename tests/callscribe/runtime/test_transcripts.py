"""A transcript from what is stored."""

from datetime import UTC, datetime, timedelta

from callscribe.runtime.store import StoredTranscript
from callscribe.runtime.transcripts import as_transcript
from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats import vtt
from callscribe.transcript.model import Segment, Stream

AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_it_is_put_in_order() -> None:
    """With everybody who spoke, in the locale of the first words."""
    said = tuple(
        Segment(
            stream="s",
            position=position,
            participant=f"p{position}",
            text=str(position),
            offset=position * 10_000_000,
            locale="de-DE",
            received_at=AT + timedelta(seconds=position),
        )
        for position in (2, 1)
    )
    found = StoredTranscript(
        key="c", started_at=AT, participants={"p9": "Ada"}, streams=(Stream(id="s", opened_at=AT),), segments=said
    )
    made = as_transcript(found)
    assert [one.text for one in made.segments] == ["1", "2"]
    assert (made.key, made.locale, list(made.participants)) == ("c", "de-DE", ["p9", "p1", "p2"])
    assert as_transcript(found.model_copy(update={"segments": ()})).locale == "en-US"


def test_a_sealed_call_that_went_on_in_another_locale_began_in_its_first() -> None:
    """What was sealed is the locale at its end; only what was said in that one is marked."""
    said = tuple(
        Segment(
            stream="s",
            position=position,
            participant="p1",
            text=text,
            offset=position * 10_000_000,
            duration=5_000_000,
            locale=locale,
            received_at=AT + timedelta(seconds=position),
        )
        for position, text, locale in ((1, "Hello.", "en-US"), (2, "Guten Tag.", "de-DE"))
    )
    found = StoredTranscript(
        key="c",
        started_at=AT,
        locale="de-DE",
        revision=1,
        participants={},
        streams=(Stream(id="s", opened_at=AT),),
        segments=said,
    )
    made = as_transcript(found)
    assert made.locale == "en-US"
    assert as_transcript(found.model_copy(update={"segments": ()})).locale == "de-DE"
    shown = vtt.render(excerpt(made))
    before, after = shown.split("Hello.")
    assert "NOTE\nLanguage" not in before
    assert "<lang" not in before
    assert "NOTE\nLanguage: de-DE" in after
    assert after.count("<lang ") == after.count("<lang de-DE>Guten") == 1
