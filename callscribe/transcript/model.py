"""What a transcript is made of. All offsets and durations are ticks of 100 ns, 64-bit; all instants carry a time zone."""

import hashlib
from typing import Annotated

from pydantic import AwareDatetime, Field

from callscribe.acs.identifiers import readable
from callscribe.acs.locales import in_turn
from callscribe.model import Frozen
from callscribe.transcript.facts import Verdict

RawId = str
"""A participant as ACS names it on the socket (`participantRawID`), for instance `4:+12025550100`."""


class Word(Frozen):
    """One recognised word. `offset` has the zero of its segment; `duration` is absent in captures before mid-2024."""

    text: str
    offset: int
    duration: int | None = None


class Segment(Frozen):
    """One final recognition result: what one participant said, as ACS heard it."""

    stream: str
    """The stream (one socket's lifetime) that brought it."""
    position: Annotated[int, Field(ge=1)]
    """Its place among the finals of its stream, from 1, in order of arrival. (stream, position) is unique in a call."""
    participant: RawId
    text: str
    offset: int
    """Ticks; its zero may restart with every subscription, and two eras of it exist (protocol reference 1.5)."""
    duration: int | None = None
    words: tuple[Word, ...] = ()
    """Lower-case words without punctuation; empty where ACS sent none."""
    confidence: float | None = None
    """0.0 to 1.0, of the whole phrase."""
    locale: str | None = None
    """The locale that was being recognised, or that ACS identified."""
    subscription: str | None = None
    """The transcription subscription that it belongs to."""
    received_at: AwareDatetime
    """When ingest took the packet; the only clock that all participants share."""

    @property
    def identity(self) -> str:
        """The same for a segment that ACS sends again after a reconnection, whatever socket or subscription brings it.

        A digest of all that ACS measured: participant, offset, duration, text, confidence and every word's times, to
        100 ns and a 32-bit float; where personal data is redacted there are no words. Without a confidence, or with
        neither duration nor words, that is too little to know a repeat by, and the subscription (or the stream, where
        none is known) must be the same as well.
        """
        parts = [self.participant, str(self.offset), self.text]
        if self.confidence is not None and (self.words or self.duration):
            parts += [str(self.duration), repr(self.confidence)]
            parts += [f"{word.text}\x1e{word.offset}\x1e{word.duration}" for word in self.words]
        else:
            parts.append(self.subscription or f"stream:{self.stream}")
        return hashlib.sha256("\x1f".join(parts).encode()).hexdigest()[:32]


class Stream(Frozen):
    """One socket's lifetime."""

    id: str
    opened_at: AwareDatetime
    closed_at: AwareDatetime | None = None
    close_reason: str | None = None
    """In words, for a person: `closed by ACS (1000)`, `connection lost (1006)`, `ingest restarted`."""


class Transcript(Frozen):
    """A call's transcript as people take it away: the input of every format."""

    key: str
    """The call's key, as its caller chose it."""
    locale: str
    """The locale that the call began in; segments carry their own."""
    participants: dict[RawId, str] = {}
    """Names, by raw id; an empty name where nobody gave one."""
    started_at: AwareDatetime | None = None
    connected_at: AwareDatetime | None = None
    ended_at: AwareDatetime | None = None
    verdict: Verdict | None = None
    """None until the call has ended and its transcript is sealed."""
    revision: Annotated[int, Field(ge=0)] = 0
    """0 until it is sealed, then 1; one more for every time it was amended."""
    streams: tuple[Stream, ...] = ()
    segments: tuple[Segment, ...] = ()
    """In the order of `sequencing.order`; make transcripts with `assembly.assemble`, which sees to it."""

    @property
    def locales(self) -> tuple[str, ...]:
        """The locales in which it was heard, from the first on, one after the other; one of them may come again."""
        return in_turn([self.locale, *(segment.locale for segment in self.segments if segment.locale)])

    def name_of(self, raw_id: RawId) -> str:
        """The participant's given name, or the raw id in a readable form; one line, never empty."""
        given = " ".join(self.participants.get(raw_id, "").split())
        return given or readable(raw_id)
