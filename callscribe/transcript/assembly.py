"""A transcript from its stored parts."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from callscribe.transcript.facts import Verdict
from callscribe.transcript.model import RawId, Segment, Stream, Transcript
from callscribe.transcript.sequencing import order


def assemble(  # noqa: PLR0913 - the parts of a transcript, each by its name
    key: str,
    *,
    locale: str,
    segments: Iterable[Segment] = (),
    streams: Iterable[Stream] = (),
    participants: Mapping[RawId, str] | None = None,
    verdict: Verdict | None = None,
    revision: int = 0,
    started_at: datetime | None = None,
    connected_at: datetime | None = None,
    ended_at: datetime | None = None,
) -> Transcript:
    """The transcript of call `key`: segments put in order, repeats left out, every speaker among the participants.

    Segments and streams may come in any order. Participants keep theirs; speakers that it does not name follow in
    order of their first words, without a name.
    """
    known = tuple(sorted(streams, key=lambda stream: (stream.opened_at, stream.id)))
    ordered = order(segments, known)
    names = dict(participants or {})
    for segment in ordered:
        names.setdefault(segment.participant, "")
    return Transcript(
        key=key,
        locale=locale,
        participants=names,
        started_at=started_at,
        connected_at=connected_at,
        ended_at=ended_at,
        verdict=verdict,
        revision=revision,
        streams=known,
        segments=ordered,
    )
