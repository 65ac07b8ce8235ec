"""Whether a transcript is all that was said: facts in, verdict out. Computed here and nowhere else.

Transcription that is on needs an open stream. Two delays are nobody's loss: a socket opens up to `OPENING_SLACK` after
transcription is said to be on, and may close up to `CLOSING_SLACK` before it is said to be off. They are granted at the
edges of transcription only: between a stream that closed and the next one that opened every instant counts. So does
every instant before a stream if ingest had not listened all the while, for then another may have come to nothing, and
every instant after a stream that our own end has torn: it did not close because transcription was about to end. Where
no stream was open at all, nothing is granted but the time until the first one opens.

Pauses and stops are listed among the gaps but were asked for: they alone leave a transcript complete.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from callscribe.transcript.facts import ASKED_FOR, CallFacts, Counts, Gap, GapCause, StreamFacts, Verdict, VerdictKind
from callscribe.transcript.spans import Span, clip, counted, duration_text, total, union, without

OPENING_SLACK = timedelta(seconds=5)
"""From TranscriptionStarted (or a resumption) to the socket; events are dated by ACS and sockets by ingest."""
CLOSING_SLACK = timedelta(seconds=3)
"""From the socket's end to TranscriptionStopped or CallDisconnected; 1.5 s lie between those two in captures."""


def judge(facts: CallFacts) -> Verdict:
    """The verdict on a call. Pure: the same facts, in whatever order they were noted, give the same verdict."""
    counts = facts.counts
    if facts.failure is not None and counts.stored == 0:
        return Verdict(kind=VerdictKind.FAILED, reason=facts.failure, counts=counts)
    call = _call(facts)
    needed = _needed(facts, call)
    asked_for = _asked_for(facts, call)
    losses = merged(
        [
            *_clipped(facts.failures, call),
            *_clipped(facts.interruptions, call),
            *_interruptions(facts, needed, call),
            *_undelivered(facts.streams, call),
            *_unreadable(facts, call),
            *_contradicted(facts, call),
        ]
    )
    gaps = merged([*losses, *asked_for])
    if counts.stored == 0:
        reason = _why_empty(facts, needed, losses, asked_for)
        return Verdict(kind=VerdictKind.EMPTY, reason=reason, gaps=gaps, counts=counts)
    if losses:
        return Verdict(
            kind=VerdictKind.PARTIAL,
            reason=f"{_why_partial(losses, asked_for)}{_amended(counts)}",
            gaps=gaps,
            counts=counts,
        )
    reason = f"All that was transcribed is here{_asides(asked_for)}.{_amended(counts)}"
    return Verdict(kind=VerdictKind.COMPLETE, reason=reason, gaps=gaps, counts=counts)


def merged(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """The gaps in order of time; those of one cause that touch become one, with the notes of all."""
    result: list[Gap] = []
    newest: dict[GapCause, int] = {}
    for gap in sorted(gaps, key=_gap_key):
        at = newest.get(gap.cause)
        if at is not None and gap.start <= result[at].end:
            last = result[at]
            notes = [note for note in dict.fromkeys((*last.note.split("; "), *gap.note.split("; "))) if note]
            result[at] = Gap(start=last.start, end=max(last.end, gap.end), cause=gap.cause, note="; ".join(notes))
        else:
            newest[gap.cause] = len(result)
            result.append(gap)
    return tuple(sorted(result, key=_gap_key))


def _gap_key(gap: Gap) -> tuple[datetime, datetime, str, str]:
    return gap.start, gap.end, gap.cause.value, gap.note


def _call(facts: CallFacts) -> Span:
    """The call from its beginning, as far as it is known, to its end."""
    starts = [stretch.start for stretch in facts.transcription] + [stream.opened_at for stream in facts.streams]
    begun = facts.connected_at or min(starts, default=facts.ended_at)
    return min(begun, facts.ended_at), facts.ended_at


def _needed(facts: CallFacts, call: Span) -> list[Span]:
    """When a stream had to be open: transcription on, not paused or stopped, not known to have failed.

    Without any event of transcription that is the time from the first stream's opening to the last one's end.
    """
    end = call[1]
    on = [(stretch.start, stretch.end or end) for stretch in facts.transcription]
    if not on and facts.streams:
        closed = max(stream.closed_at or end for stream in facts.streams)
        on = [(min(stream.opened_at for stream in facts.streams), closed)]
    off = [(stretch.start, stretch.end or end) for stretch in (*facts.pauses, *facts.stops)]
    off += [(gap.start, gap.end) for gap in facts.failures]
    return without(union(clip(span, call) for span in on), union(clip(span, call) for span in off))


def _interruptions(facts: CallFacts, needed: Sequence[Span], call: Span) -> list[Gap]:
    open_spans = union(
        (stream.opened_at, stream.closed_at or max(call[1], stream.opened_at)) for stream in facts.streams
    )
    torn = {stream.closed_at for stream in facts.streams if stream.torn}
    gaps = []
    for span in needed:
        for bare in without([span], open_spans):
            leading, trailing = bare[0] == span[0], bare[1] == span[1]
            if leading and bare[1] - bare[0] <= OPENING_SLACK and _nothing_came_before(facts.streams, bare):
                continue
            if trailing and not leading and bare[1] - bare[0] <= CLOSING_SLACK and bare[0] not in torn:
                continue  # a stream was open just before: where none was, none has closed a little early
            note = "no stream was open" if leading and trailing else ""
            gaps.append(Gap(start=bare[0], end=bare[1], cause=GapCause.STREAM_INTERRUPTED, note=note))
    return gaps


def _nothing_came_before(streams: Iterable[StreamFacts], bare: Span) -> bool:
    """Whether the stream that ended `bare` was the first that ACS can have opened: an ingest that was not there all the
    time may have missed one, or died with one in its hands.
    """
    return any(
        stream.opened_at == bare[1] and stream.listening_since is not None and stream.listening_since <= bare[0]
        for stream in streams
    )


def _undelivered(streams: Iterable[StreamFacts], call: Span) -> list[Gap]:
    gaps = []
    for stream in streams:
        start, end = clip((stream.opened_at, stream.closed_at or call[1]), call)
        if stream.last_seq is None:
            note = f"stream {stream.id}: {counted(stream.mark, 'chunk')} stored, how many there are is not known"
            gaps.append(Gap(start=start, end=end, cause=GapCause.NOT_CLOSED, note=note))
        elif stream.mark < stream.last_seq:
            note = f"stream {stream.id}: {stream.last_seq - stream.mark} of {stream.last_seq} chunks never arrived"
            gaps.append(Gap(start=start, end=end, cause=GapCause.NEVER_DELIVERED, note=note))
    return gaps


def _unreadable(facts: CallFacts, call: Span) -> list[Gap]:
    """Where nobody knows when it was, it may have been at any time."""
    known = sum(span.count for span in facts.unreadable)
    spans = [(*clip((span.start, span.end), call), span.count) for span in facts.unreadable]
    if facts.counts.unreadable > known:
        spans.append((*call, facts.counts.unreadable - known))
    return [
        Gap(
            start=start,
            end=end,
            cause=GapCause.UNREADABLE,
            note=f"{counted(count, 'message')} could not be read, kept raw",
        )
        for start, end, count in spans
    ]


def _contradicted(facts: CallFacts, call: Span) -> list[Gap]:
    """A call that is said never to have started, yet brought text: what there is is kept, and not called whole."""
    if facts.failure is None:
        return []
    return [Gap(start=call[0], end=call[1], cause=GapCause.TRANSCRIPTION_FAILED, note=facts.failure)]


def _asked_for(facts: CallFacts, call: Span) -> tuple[Gap, ...]:
    return merged(
        Gap(start=start, end=end, cause=cause)
        for cause, stretches in ((GapCause.PAUSED, facts.pauses), (GapCause.STOPPED, facts.stops))
        for start, end in (clip((stretch.start, stretch.end or call[1]), call) for stretch in stretches)
        if start < end
    )


def _clipped(gaps: Iterable[Gap], call: Span) -> list[Gap]:
    kept = []
    for gap in gaps:
        start, end = clip((gap.start, gap.end), call)
        kept.append(gap.model_copy(update={"start": start, "end": end}))
    return kept


def _why_empty(facts: CallFacts, needed: Sequence[Span], losses: Sequence[Gap], asked_for: Sequence[Gap]) -> str:
    length = duration_text(total(needed))
    if needed and not facts.streams and all(gap.cause is GapCause.STREAM_INTERRUPTED for gap in losses):
        return f"Nothing reached us{_asides(asked_for)}: transcription was on for {length} and no stream ever opened."
    if losses:
        return f"Nothing reached us{_asides(asked_for)}: {_summary(losses)}."
    if needed:
        return f"Nothing was said: transcription was on for {length} and its streams arrived whole{_asides(asked_for)}."
    if facts.transcription or facts.streams:
        return f"Nothing was transcribed{_asides(asked_for)}."
    return "Transcription was never on, so nothing was transcribed."


def _amended(counts: Counts) -> str:
    return f" Amended: {counted(counts.amended, 'segment')} came after the call was sealed." if counts.amended else ""


def _why_partial(losses: Sequence[Gap], asked_for: Sequence[Gap]) -> str:
    return f"Words may be missing: {_summary(losses)}{_asides(asked_for)}."


def _summary(losses: Sequence[Gap]) -> str:
    """`stream interrupted (2 times, 14 s in all), unreadable (21 min 3 s)`."""
    parts = []
    for cause in dict.fromkeys(gap.cause for gap in losses):
        of_cause = [gap for gap in losses if gap.cause is cause]
        whole = total((gap.start, gap.end) for gap in of_cause)
        often, length = f"{len(of_cause)} times", duration_text(whole)
        if not whole:
            parts.append(f"{cause} ({often})" if len(of_cause) > 1 else str(cause))
        else:
            parts.append(f"{cause} ({often}, {length} in all)" if len(of_cause) > 1 else f"{cause} ({length})")
    return ", ".join(parts)


def _asides(asked_for: Sequence[Gap]) -> str:
    told = []
    for cause in ASKED_FOR:
        of_cause = [(gap.start, gap.end) for gap in asked_for if gap.cause is cause]
        if of_cause:
            often = {1: "once", 2: "twice"}.get(len(of_cause), f"{len(of_cause)} times")
            told.append(f"; {cause} {often} by request ({duration_text(total(of_cause))})")
    return "".join(told)
