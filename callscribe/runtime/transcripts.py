"""A transcript as people take it away, from what the transcript store has of it."""

from collections.abc import Iterable

from callscribe.runtime.store import StoredTranscript
from callscribe.transcript.assembly import assemble
from callscribe.transcript.model import Segment, Transcript


def began_in(segments: Iterable[Segment], otherwise: str) -> str:
    """The locale that a call began in, by the first of these that tells; a sealed call's own is the one at its end."""
    return next((segment.locale for segment in segments if segment.locale), otherwise)


def as_transcript(found: StoredTranscript) -> Transcript:
    """The stored call in order. Its locale is what its first words were heard in; its own only where none were."""
    usual = found.locale or "en-US"
    made = assemble(
        found.key,
        locale=usual,
        segments=found.segments,
        streams=found.streams,
        participants=found.participants,
        verdict=found.verdict,
        revision=found.revision,
        started_at=found.started_at,
        connected_at=found.connected_at,
        ended_at=found.ended_at,
    )
    return made.model_copy(update={"locale": began_in(made.segments, usual)})
