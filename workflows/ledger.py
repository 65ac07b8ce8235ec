"""The ledger of a call: each function takes what is known and one thing that happened, and gives what is known then.

Pure, so that every order in which ACS may deliver its events can be tried without Temporal.
"""

from collections.abc import Callable
from datetime import datetime

from callscribe.acs.locales import same_locale
from callscribe.contracts.call import CallRequest
from callscribe.contracts.carried import CarriedState, TranscriptionChange, Transition
from callscribe.contracts.chunks import CallEvent, CloseStream, StreamOpening
from callscribe.contracts.status import LocaleInForce, Quarantined, Step, StreamStatus
from callscribe.contracts.steps import CallConnection
from callscribe.transcript.facts import Unreadable
from callscribe.transcript.unreadable import with_unreadable
from workflows import events

REMEMBERED_EVENTS = 200
"""Event ids kept to know a repeat by; ACS sends a handful of events a call, and repeats follow soon."""
REMEMBERED_STEPS = 60
REMEMBERED_LOCALES = 50
"""Changes of locale whose time is kept; those before show in the segments."""
REMEMBERED_SIGNALS = 20
"""Unreadable signals that are told apart; all of them are counted."""

_ASKED_FOR = (TranscriptionChange.PAUSED, TranscriptionChange.OFF, TranscriptionChange.RESTARTING)


def fresh(request: CallRequest, now: datetime) -> CarriedState:
    """The ledger of a call that begins at `now`."""
    return CarriedState(
        started_at=now, locale=request.transcription.locale, operation_context=request.transcription.operation_context
    )


def with_connection(state: CarriedState, connection: CallConnection) -> CarriedState:
    """ACS has answered the request that made the call."""
    return state.model_copy(
        update={
            "call_connection_id": connection.call_connection_id,
            "server_call_id": connection.server_call_id or state.server_call_id,
            "correlation_id": connection.correlation_id or state.correlation_id,
        }
    )


def with_event(state: CarriedState, event: CallEvent, meant: str | None = None) -> CarriedState:
    """One callback event has arrived: in any order, perhaps again, perhaps of another leg of the call.

    What is decided follows what the event means, `meant` if that is given, and never its code: a failure may carry
    code 200 (protocol reference 3.5).
    """
    if event.id in state.seen_events or _of_another_leg(state, event):
        return state
    state = state.model_copy(
        update={
            "seen_events": (*state.seen_events[-REMEMBERED_EVENTS + 1 :], event.id),
            "server_call_id": state.server_call_id or event.server_call_id,
            "correlation_id": state.correlation_id or event.correlation_id,
        }
    )
    reduce = _BY_TYPE.get(meant or events.meaning(event))
    return reduce(state, event) if reduce else state


def _of_another_leg(state: CarriedState, event: CallEvent) -> bool:
    return bool(
        state.call_connection_id and event.call_connection_id and event.call_connection_id != state.call_connection_id
    )


def _with_participants(state: CarriedState, event: CallEvent) -> CarriedState:
    number = event.sequence_number if event.sequence_number is not None else state.participants_sequence + 1
    if number <= state.participants_sequence:
        return state
    known = tuple(dict.fromkeys((*state.participants, *event.participants)))
    return state.model_copy(update={"participants": known, "participants_sequence": number})


def _instant(event: CallEvent) -> datetime:
    return event.occurred_at or event.received_at


def _connected(state: CarriedState, event: CallEvent) -> CarriedState:
    return state if state.connected_at else state.model_copy(update={"connected_at": _instant(event)})


def _on(state: CarriedState, event: CallEvent) -> CarriedState:
    return with_transition(state, _instant(event), TranscriptionChange.ON)


def _off(state: CarriedState, event: CallEvent) -> CarriedState:
    """A stop that somebody has asked for, now or a while ago, if its event was slow; or one that nobody has."""
    at = _instant(event)
    if state.pausing or state.restarting or state.unwanted or not state.start_wanted:
        return with_transition(state, at, stop_means(state))
    before = _doing_at(state, at)
    after = next((each for each in state.transitions if each.at > at), None)
    if before is not None and before.change in _ASKED_FOR:
        return state
    if after is not None and after.change in _ASKED_FOR:
        return with_transition(state, at, after.change)
    details = event.transcription_status_details or event.message or ""
    return with_transition(state, at, TranscriptionChange.CEASED, f"ACS stopped it, unasked: {details}".rstrip(": "))


def _transcription_failed(state: CarriedState, event: CallEvent) -> CarriedState:
    last = state.transitions[-1] if state.transitions else None
    if state.unwanted and last and last.change in _ASKED_FOR and _instant(event) >= last.at:
        return state  # what is paused or stopped cannot fail, and must not be brought back
    problem = events.problem_of(event)
    failed = with_transition(state, _instant(event), TranscriptionChange.FAILED, problem.message)
    return failed.model_copy(update={"problem": problem, "problem_type": None})


def _interrupted(state: CarriedState, event: CallEvent) -> CarriedState:
    """ACS has lost the stream of what goes on; what is off, or has failed, has none to lose."""
    at = _instant(event)
    before = _doing_at(state, at)
    if before is not None and before.change is not TranscriptionChange.ON:
        return state
    problem = events.problem_of(event)
    away = with_transition(state, at, TranscriptionChange.INTERRUPTED, problem.message)
    away = away.model_copy(update={"problem": problem, "problem_type": None})
    later = [stream.opened_at for stream in away.streams if stream.opened_at > at]
    return _back_with_a_stream(away, min(later)) if later else away


def _back_with_a_stream(state: CarriedState, opened_at: datetime) -> CarriedState:
    """A stream that opens after an interruption ends it, whether an event says so or not."""
    before = _doing_at(state, opened_at)
    if before is None or before.change is not TranscriptionChange.INTERRUPTED:
        return state
    return with_transition(state, opened_at, TranscriptionChange.ON, "a stream opened")


def _doing_at(state: CarriedState, at: datetime) -> Transition | None:
    """The change in force at that time."""
    return next((each for each in reversed(state.transitions) if each.at <= at), None)


def _disconnected(state: CarriedState, event: CallEvent) -> CarriedState:
    return ended(state, _instant(event), event.message or "the call was disconnected")


def _never_connected(state: CarriedState, event: CallEvent) -> CarriedState:
    problem = events.problem_of(event)
    over = ended(state, _instant(event), problem.message)
    return over.model_copy(update={"failure": problem.message, "problem": problem})


_BY_TYPE: dict[str, Callable[[CarriedState, CallEvent], CarriedState]] = {
    events.CONNECTED: _connected,
    events.PARTICIPANTS: _with_participants,
    events.STARTED: _on,
    events.RESUMED: _on,
    events.STOPPED: _off,
    events.FAILED: _transcription_failed,
    events.INTERRUPTED: _interrupted,
    events.DISCONNECTED: _disconnected,
    **dict.fromkeys(events.NEVER_CONNECTED, _never_connected),
}


def stop_means(state: CarriedState) -> TranscriptionChange:
    """What a stop is that ACS confirms now, by what was asked of it."""
    if state.restarting:
        return TranscriptionChange.RESTARTING
    return TranscriptionChange.PAUSED if state.pausing else TranscriptionChange.OFF


def with_transition(state: CarriedState, at: datetime, change: TranscriptionChange, note: str = "") -> CarriedState:
    """Transcription changed at `at`, which may lie before changes that are known already."""
    transitions = sorted([*state.transitions, Transition(at=at, change=change, note=note)], key=lambda each: each.at)
    if [each.change for each in transitions[-3:]] == [TranscriptionChange.FAILED] * 3:
        del transitions[-2]  # of a long run of failures the first and the last say all
    return state.model_copy(update={"transitions": tuple(transitions)})


def with_locale(state: CarriedState, locale: str, at: datetime) -> CarriedState:
    """`locale` is in force; since `at`, unless it was in force before, and not before the one before it."""
    before = state.locales[-1] if state.locales else None
    changed = with_locale_to_come(state, locale)
    if before is not None and same_locale(before.locale, locale):
        return changed
    since = max(at, before.at) if before else at  # the clocks of ACS and of Temporal may differ
    kept = state.locales[-REMEMBERED_LOCALES + 1 :]
    return changed.model_copy(update={"locales": (*kept, LocaleInForce(at=since, locale=locale))})


def with_locale_to_come(state: CarriedState, locale: str) -> CarriedState:
    """`locale` is what the next start is to be in; nothing is transcribed in it yet."""
    return state.model_copy(update={"locale": locale})


def awaits_its_locale(state: CarriedState) -> bool:
    """Whether the next start is to be in another locale than the last one."""
    return bool(state.locales) and not same_locale(state.locales[-1].locale, state.locale)


def on_since(state: CarriedState) -> datetime | None:
    """Since when transcription is on; None where it is not."""
    last = state.transitions[-1] if state.transitions else None
    return last.at if last and last.change is TranscriptionChange.ON else None


def ended(state: CarriedState, at: datetime, reason: str) -> CarriedState:
    """The call is over; the first word on why stands, for a later event often says less."""
    if state.ended_at:
        return state
    return state.model_copy(update={"ended_at": at, "end_reason": reason})


def latest_change(state: CarriedState) -> TranscriptionChange | None:
    """What transcription is doing by the newest change; None if it never began."""
    return state.transitions[-1].change if state.transitions else None


def has_ceased(state: CarriedState) -> bool:
    """Whether ACS has stopped transcription unasked, and nothing has come of it yet."""
    return latest_change(state) is TranscriptionChange.CEASED


def is_interrupted(state: CarriedState) -> bool:
    """Whether ACS has lost the stream, and neither an event nor a new stream says that it is back."""
    return latest_change(state) is TranscriptionChange.INTERRUPTED


def with_stream(state: CarriedState, opening: StreamOpening) -> CarriedState:
    """A stream is known, from its first chunk or its closing."""
    if any(stream.id == opening.id for stream in state.streams):
        return state
    streams = sorted(
        [
            *state.streams,
            StreamStatus(id=opening.id, opened_at=opening.opened_at, listening_since=opening.listening_since),
        ],
        key=lambda each: each.opened_at,
    )
    return _back_with_a_stream(state.model_copy(update={"streams": tuple(streams)}), opening.opened_at)


def stream_of(state: CarriedState, stream_id: str) -> StreamStatus | None:
    """What is known of a stream."""
    return next((stream for stream in state.streams if stream.id == stream_id), None)


def with_stream_changed(state: CarriedState, stream: StreamStatus) -> CarriedState:
    """`stream` replaces the one of the same id."""
    return state.model_copy(
        update={"streams": tuple(stream if each.id == stream.id else each for each in state.streams)}
    )


def closed(state: CarriedState, command: CloseStream) -> CarriedState:
    """Ingest has said that a stream is over and how many chunks it has, and which others it still holds something of."""
    for opening in (command.stream, *command.beside):
        state = with_stream(state, opening)
    stream = stream_of(state, command.stream.id)
    if stream is None or stream.closed_at:
        return state
    change = {"closed_at": command.closed_at, "last_seq": command.last_seq, "close_reason": command.reason}
    return with_stream_changed(state, stream.model_copy(update=change))


def is_whole(stream: StreamStatus) -> bool:
    """Whether ingest has closed the stream and every chunk of it is stored."""
    return stream.last_seq is not None and stream.mark >= stream.last_seq


def step_begun(state: CarriedState, name: str, now: datetime) -> CarriedState:
    """A step of the call's life begins."""
    return state.model_copy(update={"steps": (*state.steps[-REMEMBERED_STEPS + 1 :], Step(name=name, started_at=now))})


def step_finished(state: CarriedState, name: str, now: datetime, outcome: str = "done") -> CarriedState:
    """The newest unfinished step of that name is over."""
    steps = list(state.steps)
    for place in reversed(range(len(steps))):
        if steps[place].name == name and steps[place].finished_at is None:
            steps[place] = steps[place].model_copy(update={"finished_at": now, "outcome": outcome})
            break
    return state.model_copy(update={"steps": tuple(steps)})


def set_aside(state: CarriedState, signal: Quarantined) -> CarriedState:
    """A signal could not be read: counted, so that the verdict says so, and its place in the history kept. Nothing changes
    where it was set aside before: it has come again, as whatever ingest has no receipt for.
    """
    if any((each.signal, each.digest) == (signal.signal, signal.digest) for each in state.quarantine if each.digest):
        return state
    unreadable = state.counts.unreadable + 1
    return state.model_copy(
        update={
            "counts": state.counts.model_copy(update={"unreadable": unreadable}),
            "unreadable": with_unreadable(state.unreadable, Unreadable(start=signal.at, end=signal.at, count=1)),
            "quarantine": (*state.quarantine[-REMEMBERED_SIGNALS + 1 :], signal),
        }
    )
