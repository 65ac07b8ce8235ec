"""Every step outwards that the workflow takes: one activity each, with its policy and a summary that reads well.

An activity's failure comes back as one `ApplicationError` whose first detail is a `Problem`, whatever wrapped it.
"""

from collections.abc import Awaitable
from typing import Any, TypeVar

from temporalio import workflow
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    FailureError,
    TimeoutError,  # noqa: A004  Temporal's own, which is no subclass of the built-in one
    is_cancelled_exception,
)

with workflow.unsafe.imports_passed_through():
    from activities import policies
    from activities.call_automation import CallAutomationActivities
    from activities.transcript_store import TranscriptStoreActivities
    from callscribe.acs.identifiers import masked
    from callscribe.contracts.amendment import SealedCall, SealedReference
    from callscribe.contracts.call import AnswerCall, ConnectCall, CreateCall, Origin
    from callscribe.contracts.errors import ErrorType, Problem
    from callscribe.contracts.steps import (
        CallConnection,
        CallReference,
        CallSnapshot,
        EstablishCall,
        HangUpRequest,
        SaveOutcome,
        SaveSegments,
        SealOutcome,
        SealTranscript,
        StartRequest,
        StepOutcome,
        StopRequest,
        UpdateRequest,
    )
    from callscribe.transcript.spans import counted
    from workflows import webhooks


T = TypeVar("T")
_LAST_ANSWERS = "last answers"
"""Calls for which the time of a step had run out before its last answer was looked at go on without it."""


def describe(origin: Origin) -> str:
    """How a call comes to be, in a few words; never a whole phone number, for summaries are kept in the clear."""
    if isinstance(origin, CreateCall):
        first = masked(origin.targets[0].raw_id)
        return f"call {first}" + (f" and {len(origin.targets) - 1} more" if len(origin.targets) > 1 else "")
    if isinstance(origin, ConnectCall):
        if origin.room_id:
            return f"connect to room {origin.room_id}"
        return f"connect to group call {origin.group_call_id}" if origin.group_call_id else "connect to a call"
    return "answer an incoming call"


async def _answered(activity: Awaitable[T]) -> T:
    try:
        return await activity
    except ActivityError as error:
        answer = answer_before(error)
        raise unwrapped(error, answer if answer and workflow.patched(_LAST_ANSWERS) else None) from error


async def establish(request: EstablishCall) -> CallConnection:
    """Create, connect to or answer the call."""
    if isinstance(request.origin, CreateCall):
        step, policy = CallAutomationActivities.create_call, policies.CREATE_CALL
    elif isinstance(request.origin, AnswerCall):
        step, policy = CallAutomationActivities.answer_call, policies.ANSWER_CALL
    else:
        step, policy = CallAutomationActivities.connect_call, policies.CONNECT_CALL
    summary = describe(request.origin)
    return await _answered(workflow.execute_activity_method(step, request, **policy.options(), summary=summary))


async def ask(call_connection_id: str, why: str) -> CallSnapshot:
    """What ACS says of the call now."""
    return await _answered(
        workflow.execute_activity_method(
            CallAutomationActivities.get_call,
            CallReference(call_connection_id=call_connection_id),
            **policies.GET_CALL.options(),
            summary=f"ask ACS: {why}",
        )
    )


async def start(request: StartRequest) -> StepOutcome:
    """Ask ACS to start transcription; TranscriptionStarted confirms it."""
    return await _answered(
        workflow.execute_activity_method(
            CallAutomationActivities.start_transcription,
            request,
            **policies.START_TRANSCRIPTION.options(),
            summary=f"start transcription {request.locale or 'in the locale of the call'}",
        )
    )


async def update(request: UpdateRequest) -> StepOutcome:
    """Ask ACS for another locale; TranscriptionUpdated confirms it."""
    return await _answered(
        workflow.execute_activity_method(
            CallAutomationActivities.update_transcription,
            request,
            **policies.UPDATE_TRANSCRIPTION.options(),
            summary=f"change locale to {request.locale}",
        )
    )


async def stop(request: StopRequest, why: str) -> StepOutcome:
    """Ask ACS to stop transcription; TranscriptionStopped confirms it."""
    return await _answered(
        workflow.execute_activity_method(
            CallAutomationActivities.stop_transcription,
            request,
            **policies.STOP_TRANSCRIPTION.options(),
            summary=why,
        )
    )


async def hang_up(request: HangUpRequest) -> StepOutcome:
    """Leave the call, or end it for everyone; CallDisconnected confirms it."""
    return await _answered(
        workflow.execute_activity_method(
            CallAutomationActivities.hang_up,
            request,
            **policies.HANG_UP.options(),
            summary="hang up for everyone" if request.for_everyone else "leave the call",
        )
    )


async def save_at_once(request: SaveSegments) -> SaveOutcome | None:
    """Store segments by a short local activity; None where the store is slow or down."""
    try:
        return await workflow.execute_local_activity_method(
            TranscriptStoreActivities.save_segments,
            request,
            **policies.SAVE_SEGMENTS_AT_ONCE.options(),
            summary=_storing(request),
        )
    except FailureError as error:
        # Of whatever kind: a time-out is an `ActivityError` at first, and comes bare when its history is replayed.
        if is_cancelled_exception(error):
            raise
        return None


async def save(request: SaveSegments) -> SaveOutcome:
    """Store segments by a regular activity, which waits for the store and never gives up."""
    return await workflow.execute_activity_method(
        TranscriptStoreActivities.save_segments,
        request,
        **policies.SAVE_SEGMENTS.options(),
        summary=f"{_storing(request)} (the store is slow or down)",
    )


def _storing(request: SaveSegments) -> str:
    return f"store {counted(len(request.segments), 'segment')}"


async def load_sealed(key: str) -> SealedCall:
    """The call's newest sealed revision; never gives up."""
    return await workflow.execute_activity_method(
        TranscriptStoreActivities.load_sealed,
        SealedReference(key=key),
        **policies.LOAD_SEALED.options(),
        summary="read what was sealed",
    )


async def seal(request: SealTranscript) -> SealOutcome:
    """Write the call's end beside its segments, and have webhooks told of it; never gives up."""
    outcome = await workflow.execute_activity_method(
        TranscriptStoreActivities.seal_transcript,
        request,
        **policies.SEAL_TRANSCRIPT.options(),
        summary=f"seal: {request.result.verdict.kind}",
    )
    await webhooks.announce(request.key, outcome.hooks, outcome.revision)
    return outcome


def answer_before(error: ActivityError) -> ApplicationError | None:
    """What the last try was answered, where the time for all of them has run out: it says more than that."""
    timed_out = error.cause
    if isinstance(timed_out, TimeoutError) and isinstance(timed_out.cause, ApplicationError):
        return timed_out.cause
    return None


def unwrapped(error: ActivityError, answer: ApplicationError | None = None) -> ApplicationError:
    """The `ApplicationError` inside an activity's failure, or the last `answer` before it, with its `Problem` first; a
    time-out without an answer becomes one as well.
    """
    cause: BaseException | None = answer or error.cause
    if isinstance(cause, ApplicationError):
        return ApplicationError(cause.message, *cause.details, type=cause.type, non_retryable=True)
    said = cause.message if isinstance(cause, FailureError) else str(error)
    problem = Problem(message=f"{error.activity_type} got no answer from ACS in time: {said}")
    return ApplicationError(problem.message, problem, type=ErrorType.UNAVAILABLE, non_retryable=True)


def problem_in(error: ApplicationError) -> Problem:
    """The `Problem` that an error of ours carries; its message alone where it carries none."""
    detail: Any = error.details[0] if error.details else None
    if isinstance(detail, Problem):
        return detail
    if isinstance(detail, dict):
        return Problem.model_validate({"message": error.message, **detail})
    return Problem(message=error.message)
