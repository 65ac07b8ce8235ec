"""What the ledger of a call says to whoever judges its transcript. Pure."""

from datetime import datetime, timedelta

from callscribe.contracts.carried import CarriedState, TranscriptionChange
from callscribe.contracts.chunks import ENDED_OUTSIDE
from callscribe.transcript.facts import CallFacts, Gap, GapCause, Interval, StreamFacts

_LOSSES = {
    TranscriptionChange.FAILED: GapCause.TRANSCRIPTION_FAILED,
    TranscriptionChange.RESTARTING: GapCause.RESTARTED,
    TranscriptionChange.CEASED: GapCause.TRANSCRIPTION_FAILED,
    TranscriptionChange.INTERRUPTED: GapCause.STREAM_INTERRUPTED,
}
_ON = (TranscriptionChange.ON, TranscriptionChange.INTERRUPTED)
ENDING = timedelta(seconds=5)
"""From a stop to the call's end that it belongs to. One that nobody asked for was the end's first sign: 1.5 s lie between
those two in captures. Whoever stops and then hangs up has left nothing out.
"""


def facts(state: CarriedState, now: datetime) -> CallFacts:
    """All that the verdict depends on, at the call's end."""
    end = state.ended_at or now
    on, paused, stopped = [], [], []
    failures: list[Gap] = []
    interruptions: list[Gap] = []
    for place, transition in enumerate(state.transitions):
        following = state.transitions[place + 1].at if place + 1 < len(state.transitions) else end
        start, finish = min(transition.at, end), min(max(following, transition.at), end)
        if transition.change is TranscriptionChange.CEASED and following == end and finish - start <= ENDING:
            continue
        if transition.change in _ON:
            on.append(Interval(start=start, end=finish))
        elif transition.change is TranscriptionChange.PAUSED:
            paused.append(Interval(start=start, end=finish))
        elif transition.change is TranscriptionChange.OFF and on:
            stopped.append(Interval(start=start, end=finish))
        if transition.change in _LOSSES and transition.at < end:  # what fails with the call's end costs no word
            gap = Gap(start=start, end=finish, cause=_LOSSES[transition.change], note=transition.note)
            (interruptions if transition.change in _ON else failures).append(gap)
    return CallFacts(
        connected_at=state.connected_at,
        ended_at=end,
        transcription=tuple(_joined(on)),
        pauses=tuple(paused),
        stops=tuple(each for each in _joined(stopped) if each.end != end or end - each.start >= ENDING),
        failures=tuple(failures),
        interruptions=tuple(interruptions),
        streams=stream_facts(state),
        unreadable=state.unreadable,
        counts=state.counts,
        failure=state.failure or _not_connected(state) or _never_started(state),
    )


def facts_so_far(state: CarriedState, now: datetime) -> CallFacts:
    """The facts of a call that goes on, as if it ended now: chunks that are still on their way are no loss yet."""
    known = facts(state, now)
    streams = tuple(stream.model_copy(update={"last_seq": stream.mark}) for stream in known.streams)
    return known.model_copy(update={"streams": streams, "failure": None})


def intervals_so_far(state: CarriedState, now: datetime) -> tuple[Interval, ...]:
    """When transcription was on; open at its end where it still is."""
    known = facts(state, now).transcription
    if known and not state.ended_at and state.transitions[-1].change in _ON:
        return (*known[:-1], Interval(start=known[-1].start))
    return known


def stood_since(state: CarriedState, now: datetime, *, transcribed_from_the_start: bool) -> datetime:
    """When a call has stood of which CallConnected never came: as early as anything shows, or cannot be ruled out.

    Transcription that starts with the call may have been on since the dialling, unless it is known when it came on, or
    an ingest that has listened since then saw its first socket open.
    """
    openings = [stream.opened_at for stream in state.streams]
    first = min([*openings, *(transition.at for transition in state.transitions)], default=None)
    listened = any(
        stream.opened_at == first and stream.listening_since and stream.listening_since <= state.started_at
        for stream in state.streams
    )
    if transcribed_from_the_start and not listened and not state.transitions:
        return state.started_at
    return min(first or now, now)


def stream_facts(state: CarriedState) -> tuple[StreamFacts, ...]:
    """How far each stream has arrived."""
    return tuple(
        StreamFacts(
            id=stream.id,
            opened_at=stream.opened_at,
            listening_since=stream.listening_since,
            closed_at=stream.closed_at,
            mark=stream.mark,
            last_seq=stream.last_seq,
            torn=bool(stream.close_reason) and not stream.close_reason.startswith(ENDED_OUTSIDE),
            close_reason=stream.close_reason,
            early=stream.early,
        )
        for stream in state.streams
    )


def _not_connected(state: CarriedState) -> str | None:
    if state.connected_at or state.counts.stored:
        return None
    return f"the call never connected: {state.end_reason or 'it ended first'}"


def _never_started(state: CarriedState) -> str | None:
    if not state.start_wanted or state.counts.stored:
        return None
    if any(transition.change in _ON for transition in state.transitions):
        return None
    why = state.problem.message if state.problem else "the call ended before ACS confirmed the start"
    return f"transcription never started: {why}"


def _joined(intervals: list[Interval]) -> list[Interval]:
    """Intervals that touch, as one: a second TranscriptionStarted does not break what was on already."""
    joined: list[Interval] = []
    for interval in intervals:
        last = joined[-1] if joined else None
        if last and last.end is not None and interval.start - last.end <= timedelta(0):
            joined[-1] = Interval(start=last.start, end=interval.end)
        else:
            joined.append(interval)
    return joined
