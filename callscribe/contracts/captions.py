"""What ingest's live captions carry, as server-sent events: one JSON object an event."""

from typing import Literal, Self

from pydantic import AwareDatetime

from callscribe.model import Frozen
from callscribe.transcript.model import RawId, Segment


class Caption(Frozen):
    """One thing to show. An intermediate caption is replaced by the next caption of the same participant and stream."""

    kind: Literal["intermediate", "final", "stream_opened", "stream_closed", "locale"]
    stream: str
    participant: RawId | None = None
    text: str = ""
    locale: str | None = None
    offset: int | None = None
    """Ticks; see `Segment.offset`."""
    duration: int = 0
    """Ticks; how long it took to say. 0 where ACS sent none, as in an older ingest's captions."""
    position: int | None = None
    """Of finals: `Segment.position`."""
    identity: str | None = None
    """Of finals: `Segment.identity`, which is the same where ACS sends one again on another socket."""
    subscription: str | None = None
    """As in `Segment`; offsets are compared inside one only."""
    at: AwareDatetime

    @classmethod
    def of_final(cls, segment: Segment) -> Self:
        """The caption of a final segment, as ingest shows it when it comes."""
        return cls(
            kind="final",
            stream=segment.stream,
            participant=segment.participant,
            text=segment.text,
            locale=segment.locale,
            offset=segment.offset,
            duration=segment.duration or 0,
            position=segment.position,
            identity=segment.identity,
            subscription=segment.subscription,
            at=segment.received_at,
        )
