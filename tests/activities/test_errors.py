"""Azure's exceptions as Temporal's."""

import inspect
from datetime import UTC, datetime, timedelta

import azure.core.exceptions
import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from azure.core.exceptions import AzureError, HttpResponseError, ServiceRequestError
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from activities.acs_client import AcsResource, open_client
from activities.call_automation import CallAutomationActivities
from activities.errors import ESTABLISHING_ATTEMPTS, ESTABLISHING_DELAY, FOREIGN, to_application_error, translated
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.steps import CallReference, StartRequest
from callscribe.runtime.settings import Settings
from cli.ports import free_port
from tests.activities.conftest import KEY, perform
from tests.activities.recorder import Recorder, refusal

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
REFERENCE = CallReference(call_connection_id="c")


def exceptions_of_azure_core() -> list[type[Exception]]:
    """Every exception class that azure-core defines, exported or not."""
    module = azure.core.exceptions
    found = [value for value in vars(module).values() if inspect.isclass(value) and issubclass(value, Exception)]
    return [kind for kind in found if kind.__module__ == module.__name__]


@pytest.mark.parametrize("kind", exceptions_of_azure_core())
def test_no_exception_is_left_unmapped(kind: type[Exception]) -> None:
    """Each class is caught and becomes one of our types, with a message, advice and a Problem."""
    assert issubclass(kind, FOREIGN)
    foreign = kind.__new__(kind)
    # The classes' own constructors want responses and histories; what the mapping reads is made by these two.
    if isinstance(foreign, HttpResponseError):
        HttpResponseError.__init__(foreign, "made here")
    elif isinstance(foreign, AzureError):
        AzureError.__init__(foreign, "made here")
    with pytest.raises(ApplicationError) as caught, translated():
        raise foreign
    error = caught.value
    assert error.type in set(ErrorType)
    assert error.__cause__ is None
    assert error.__suppress_context__
    assert isinstance(error.details[0], Problem)
    assert error.details[0].message.endswith(".")
    assert error.details[0].advice.endswith(".")


def test_what_is_not_azures_passes_through() -> None:
    """A mistake of ours stays what it is."""
    with pytest.raises(KeyError), translated():
        raise KeyError("ours")


async def test_a_refusal_says_what_to_do(activities: CallAutomationActivities, acs: Recorder) -> None:
    """Status, code, ACS's own message and our advice, for people in the text and for programs in the detail."""
    acs.answer(401, refusal("7509", "HMAC-SHA256 validation failed"))
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.get_call, REFERENCE)
    problem = caught.value.details[0]
    assert problem.message == "ACS answered 401/7509: HMAC-SHA256 validation failed."
    assert "CALLSCRIBE_ACS_CONNECTION_STRING" in problem.advice
    assert (problem.http_status, problem.code) == (401, "7509")
    assert caught.value.non_retryable
    assert caught.value.message == f"{problem.message} {problem.advice}"


async def test_throttling_waits_as_long_as_acs_says(activities: CallAutomationActivities, acs: Recorder) -> None:
    """429: retryable, after Retry-After, and no noise; without the header Temporal's own pause."""
    acs.answer(429, refusal("8516"), {"Retry-After": "12"})
    acs.answer(429, refusal("8516"), {"retry-after-ms": "1500"})
    acs.answer(429, refusal("8516"))
    delays = []
    for _ in range(3):
        with pytest.raises(ApplicationError) as caught:
            await perform(activities.get_call, REFERENCE)
        assert (caught.value.type, caught.value.non_retryable) == (ErrorType.THROTTLED, False)
        assert caught.value.category is ApplicationErrorCategory.BENIGN
        delays.append(caught.value.next_retry_delay)
    assert delays == [timedelta(seconds=12), timedelta(seconds=1.5), None]


async def test_a_call_that_does_not_connect_is_given_up(activities: CallAutomationActivities, acs: Recorder) -> None:
    """8501: once a second for a short while, then for good."""
    request = StartRequest(call_connection_id="c")
    acs.answer(400, refusal("8501"))
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.start_transcription, request)
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.NOT_ESTABLISHED, False)
    assert caught.value.next_retry_delay == ESTABLISHING_DELAY
    assert caught.value.category is ApplicationErrorCategory.BENIGN
    acs.answer(404, refusal("8522"))
    acs.answer(400, refusal("8501"))
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.start_transcription, request, attempt=ESTABLISHING_ATTEMPTS)
    assert caught.value.non_retryable
    assert caught.value.next_retry_delay is None
    assert caught.value.category is ApplicationErrorCategory.UNSPECIFIED


async def test_nobody_there(settings: Settings) -> None:
    """Connection refused: retryable, and the text says where to look."""
    async with open_client(AcsResource(f"http://127.0.0.1:{free_port()}", KEY)) as client:
        activities = CallAutomationActivities(client, settings)
        with pytest.raises(ApplicationError) as caught:
            await perform(activities.get_call, REFERENCE)
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.UNAVAILABLE, False)
    assert "could not be reached" in str(caught.value)


@pytest.mark.parametrize("status", [200, 201])
async def test_an_unreadable_answer_is_asked_for_again(
    activities: CallAutomationActivities, acs: Recorder, status: int
) -> None:
    """A success that is not JSON, or not the success that was expected: what happened is unknown, so it is repeated."""
    acs.answer(status, "{not json", {"content-type": "application/json"})
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.get_call, REFERENCE)
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.UNAVAILABLE, False)


async def test_a_wrong_shape_is_asked_for_again(activities: CallAutomationActivities, acs: Recorder) -> None:
    """JSON that is no call."""
    acs.answer(200, {"callConnectionId": {"not": "text"}, "targets": "none"})
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.get_call, REFERENCE)
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.UNAVAILABLE, False)


def test_long_texts_are_clipped() -> None:
    """A proxy's page does not fill the history, and a message stays on one line."""
    error = to_application_error(ServiceRequestError("two\nlines " + "x" * 5000), now=NOW)
    assert len(error.message) < 1000
    assert "\n" not in error.message


async def test_the_client_is_closed_without_a_trace(acs: Recorder) -> None:
    """Opening and closing leaves no open session behind (warnings are errors here)."""
    acs.answer(404, refusal("8522"))
    client: CallAutomationClient = open_client(AcsResource(acs.url, KEY))
    with pytest.raises(HttpResponseError):
        await client.get_call_connection("c").get_call_properties()
    await client.close()
