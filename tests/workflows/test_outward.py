"""Steps outwards: what the web UI shows of them, and what their failures become."""

import pytest
from temporalio.exceptions import ActivityError, ApplicationError, RetryState, TimeoutType
from temporalio.exceptions import TimeoutError as TemporalTimeoutError

from callscribe.contracts.call import AnswerCall, ConnectCall, CreateCall, Origin
from callscribe.contracts.errors import ErrorType, Problem
from workflows import outward


def create(*targets: dict[str, str]) -> CreateCall:
    """An origin with these targets."""
    return CreateCall.model_validate({"targets": targets})


PHONE = {"kind": "phone_number", "value": "+12025550147"}


@pytest.mark.parametrize(
    ("origin", "words"),
    [
        (create(PHONE), "call …0147"),
        (create(PHONE, PHONE, PHONE), "call …0147 and 2 more"),
        (create({"kind": "acs_user", "id": "8:acs:res_user-1f2e"}), "call ACS user …1f2e"),
        (ConnectCall(room_id="99"), "connect to room 99"),
        (ConnectCall(group_call_id="g"), "connect to group call g"),
        (ConnectCall(server_call_id="s"), "connect to a call"),
        (AnswerCall(incoming_call_context="secret"), "answer an incoming call"),
    ],
)
def test_summaries_name_the_call_and_hide_the_number(origin: Origin, words: str) -> None:
    """Summaries stand in the clear in Temporal's web UI: four digits of a number and no secret."""
    assert outward.describe(origin) == words


def failure(cause: BaseException) -> ActivityError:
    """An activity's failure, as Temporal raises it in a workflow."""
    error = ActivityError(
        "Activity task failed",
        scheduled_event_id=1,
        started_event_id=2,
        identity="",
        activity_type="start_transcription",
        activity_id="1",
        retry_state=RetryState.NON_RETRYABLE_FAILURE,
    )
    error.__cause__ = cause
    return error


def test_our_errors_keep_their_type_and_problem() -> None:
    """What an activity said reaches whoever sent the command."""
    cause = ApplicationError("no", {"message": "no", "advice": "Wait."}, type=ErrorType.NOT_SUPPORTED)
    error = outward.unwrapped(failure(cause))
    assert error.type == ErrorType.NOT_SUPPORTED
    assert outward.problem_in(error) == Problem(message="no", advice="Wait.")


def test_timeouts_become_errors_of_ours() -> None:
    """An activity that got no answer in time says which it was."""
    cause = TemporalTimeoutError("schedule to close", type=TimeoutType.SCHEDULE_TO_CLOSE, last_heartbeat_details=[])
    error = outward.unwrapped(failure(cause))
    assert error.type == ErrorType.UNAVAILABLE
    assert "start_transcription got no answer" in error.message


def test_tries_that_are_ended_by_time_are_told_by_the_last_answer() -> None:
    """ACS has answered each of them: its code decides what is done, and its words are what a person can use."""
    timeout = TemporalTimeoutError("not enough time", type=TimeoutType.SCHEDULE_TO_CLOSE, last_heartbeat_details=[])
    problem = {"message": "ACS answered 429/8516: throttled.", "http_status": 429, "code": "8516"}
    timeout.__cause__ = ApplicationError("throttled", problem, type=ErrorType.UNAVAILABLE)
    ended = failure(timeout)
    error = outward.unwrapped(ended, outward.answer_before(ended))
    assert outward.problem_in(error) == Problem.model_validate(problem)
    timeout.__cause__ = None
    assert outward.answer_before(ended) is None
    assert outward.answer_before(failure(ApplicationError("no"))) is None


def test_an_error_without_a_problem_is_one() -> None:
    """Whatever comes, there is a sentence to show."""
    assert outward.problem_in(ApplicationError("odd")).message == "odd"
