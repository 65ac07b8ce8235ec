"""What late words change about a sealed call: its ledger taken up again, and judged with them. Pure."""

from datetime import datetime

from callscribe.contracts.amendment import AmendmentResult, SealedCall
from callscribe.contracts.carried import CarriedState
from callscribe.contracts.status import CallResult, StreamStatus
from callscribe.contracts.steps import SealTranscript
from callscribe.transcript.completeness import judge
from callscribe.transcript.facts import CallFacts, Gap, GapCause, Interval, StreamFacts, Verdict, VerdictKind
from callscribe.transcript.model import Stream
from workflows import evidence

UNKNOWN_LOCALE = "und"
"""BCP 47's own word for it; of a call that was never sealed, nothing is known but what comes now."""
TORN_SOMEHOW = "ended by ingest"
"""The reason of a torn stream whose own reason was not kept; it stands for it here, and is written nowhere."""


def taken_up(sealed: SealedCall, now: datetime) -> CarriedState:
    """The ledger as the last sealing left it: what its streams brought by then is known, and is not taken twice."""
    facts = facts_of(sealed)
    if sealed.result is None or facts is None:
        return CarriedState(started_at=now, locale=UNKNOWN_LOCALE)
    return CarriedState(
        started_at=sealed.result.started_at,
        connected_at=facts.connected_at,
        ended_at=facts.ended_at,
        locale=sealed.result.locale,
        call_connection_id=sealed.result.call_connection_id,
        streams=tuple(
            StreamStatus(
                id=stream.id,
                opened_at=stream.opened_at,
                listening_since=stream.listening_since,
                closed_at=stream.closed_at,
                mark=stream.mark,
                early=stream.early,
                last_seq=stream.last_seq,
                close_reason=stream.close_reason,
            )
            for stream in facts.streams
        ),
        unreadable=facts.unreadable,
        counts=facts.counts,
    )


def facts_of(sealed: SealedCall) -> CallFacts | None:
    """The facts that were sealed; where they were not kept yet, what the verdict says of them."""
    if sealed.facts is not None:
        return sealed.facts.model_copy(update={"streams": tuple(map(_with_reason, sealed.facts.streams))})
    if sealed.result is None:
        return None
    result, verdict = sealed.result, sealed.result.verdict
    return CallFacts(
        connected_at=result.connected_at,
        ended_at=result.ended_at,
        pauses=_of(GapCause.PAUSED, verdict),
        stops=_of(GapCause.STOPPED, verdict),
        failures=tuple(_kept(gap) for gap in verdict.gaps if gap.is_loss),
        counts=verdict.counts,
        failure=verdict.reason if verdict.kind is VerdictKind.FAILED else None,
    )


def _with_reason(stream: StreamFacts) -> StreamFacts:
    if stream.torn and not stream.close_reason:
        return stream.model_copy(update={"close_reason": TORN_SOMEHOW})
    return stream


def _of(cause: GapCause, verdict: Verdict) -> tuple[Interval, ...]:
    return tuple(Interval(start=gap.start, end=gap.end) for gap in verdict.gaps if gap.cause is cause)


def _kept(gap: Gap) -> Gap:
    return gap.model_copy(update={"note": gap.note or "as it was sealed first"})


def amended(sealed: SealedCall, state: CarriedState) -> CallFacts | None:
    """The facts with what has come since; None for a call that was never sealed."""
    facts = facts_of(sealed)
    if facts is None:
        return None
    since = state.counts.stored - facts.counts.stored
    counts = state.counts.model_copy(update={"amended": facts.counts.amended + since})
    news = {"streams": evidence.stream_facts(state), "unreadable": state.unreadable, "counts": counts}
    return facts.model_copy(update=news)


def changes(sealed: SealedCall, state: CarriedState) -> bool:
    """Whether there is anything to seal; repeats of what is known are nothing.

    Nor is one more message that cannot be read, where some could not before: a chunk that is none is sent again and
    again. One that ingest counted comes in a chunk, and shows in its stream.
    """
    before, after = facts_of(sealed), amended(sealed, state)
    return before is not None and after is not None and _told(before) != _told(after)


def _told(facts: CallFacts) -> CallFacts:
    unreadable = min(facts.counts.unreadable, 1)
    counts = facts.counts.model_copy(update={"received": 0, "duplicates": 0, "unreadable": unreadable})
    return facts.model_copy(update={"counts": counts, "unreadable": ()})


def brought(sealed: SealedCall, state: CarriedState) -> tuple[StreamStatus, ...]:
    """The streams of which something has come since."""
    facts = facts_of(sealed)
    known = {stream.id: stream for stream in facts.streams} if facts else {}
    now = zip(state.streams, evidence.stream_facts(state), strict=True)
    return tuple(status for status, stream in now if known.get(stream.id) != stream)


def sealing(sealed: SealedCall, state: CarriedState) -> SealTranscript | None:
    """The next revision; None for a call that was never sealed."""
    facts = amended(sealed, state)
    if sealed.result is None or facts is None:
        return None
    verdict = judge(facts)
    result = sealed.result.model_copy(update={"verdict": verdict, "segments": facts.counts.stored})
    return SealTranscript(
        key=sealed.key,
        result=result,
        participants=sealed.participants,
        streams=tuple(_stream(status) for status in brought(sealed, state)),
        facts=facts,
    )


def _stream(status: StreamStatus) -> Stream:
    return Stream(
        id=status.id,
        opened_at=status.opened_at,
        closed_at=status.closed_at,
        close_reason=status.close_reason if status.close_reason not in ("", TORN_SOMEHOW) else None,
    )


def outcome(sealed: SealedCall, result: CallResult | None, revision: int, facts: CallFacts | None) -> AmendmentResult:
    """What the amendment ends with."""
    verdict: Verdict | None = result.verdict if result else None
    amended_segments = facts.counts.amended if facts else 0
    return AmendmentResult(key=sealed.key, revision=revision, verdict=verdict, amended=amended_segments)
