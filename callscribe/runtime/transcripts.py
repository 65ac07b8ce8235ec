"""A transcript as people take it away, from what the transcript store has of it."""

from callscribe.runtime.store import StoredTranscript
from callscribe.transcript.assembly import assemble
from callscribe.transcript.model import Transcript


def as_transcript(found: StoredTranscript) -> Transcript:
    """The stored call in order. Its locale is what its first words were heard in where it was not sealed yet."""
    return assemble(
        found.key,
        locale=found.locale or next((segment.locale for segment in found.segments if segment.locale), "en-US"),
        segments=found.segments,
        streams=found.streams,
        participants=found.participants,
        verdict=found.verdict,
        revision=found.revision,
        started_at=found.started_at,
        connected_at=found.connected_at,
        ended_at=found.ended_at,
    )
