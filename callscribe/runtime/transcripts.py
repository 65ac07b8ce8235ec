"""A transcript as people take it away, from what the transcript store has of it."""

from callscribe.runtime.store import StoredTranscript
from callscribe.transcript.assembly import assemble
from callscribe.transcript.model import Transcript


def as_transcript(found: StoredTranscript) -> Transcript:
    """The stored call in order. Its locale is what its first words were heard in: a sealed call's own is the one at its
    end, and stands only where no words say better.
    """
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
    began = next((segment.locale for segment in made.segments if segment.locale), usual)
    return made.model_copy(update={"locale": began})
