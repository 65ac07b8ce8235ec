"""A transcript from what is stored."""

from datetime import UTC, datetime, timedelta

from callscribe.runtime.store import StoredTranscript
from callscribe.runtime.transcripts import as_transcript
from callscribe.transcript.model import Segment, Stream

AT = datetime(2026, 1, 2, tzinfo=UTC)


def test_it_is_put_in_order() -> None:
    """With everybody who spoke, in the locale of the first words while none is sealed."""
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
