"""The eight activities of ACS: through the real SDK, what is on the wire and what comes back."""

import base64
import hashlib
import hmac
import logging
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from azure.communication.callautomation.aio import CallAutomationClient
from temporalio.exceptions import ApplicationError

from activities.call_automation import CallAutomationActivities
from callscribe.contracts.call import (
    AcsUser,
    AnswerCall,
    ConnectCall,
    CreateCall,
    Origin,
    PhoneNumber,
    StartMode,
    TeamsUser,
    TranscriptionSettings,
)
from callscribe.contracts.errors import ErrorType
from callscribe.contracts.links import Purpose, is_signed
from callscribe.contracts.steps import (
    CallReference,
    EstablishCall,
    HangUpRequest,
    Repeatability,
    StartRequest,
    StepOutcome,
    StopRequest,
    UpdateRequest,
)
from tests.activities.conftest import KEY, perform, settings_with
from tests.activities.recorder import CALL, Recorder, call_with, refusal

MODEL = "0b5c1d1e-6c1f-4d65-9f0a-4f4b3c1e9a11"
FIRST_SENT = datetime(2026, 11, 22, 14, 56, 10, tzinfo=timezone(timedelta(hours=2)))
REPEATABILITY = Repeatability(request_id="7d4f0a4e-40f5-4e0e-9e6b-3d9c56b0a001", first_sent=FIRST_SENT)
PHONE = PhoneNumber(value="+14255550123")


def establish(origin: Origin, **transcription: Any) -> EstablishCall:
    """An argument for the three activities that make a call."""
    return EstablishCall(
        key="k/1",
        origin=origin,
        transcription=TranscriptionSettings(**transcription),
        repeatability=REPEATABILITY,
    )


async def test_create_call_sends_what_acs_expects(activities: CallAutomationActivities, acs: Recorder) -> None:
    """One phone: the exact body of the protocol reference 4.2, both addresses with their key, both headers."""
    acs.answer(201, CALL)
    origin = CreateCall(targets=(PHONE,), operation_context="ctx", source_display_name="Front desk")
    connection = await perform(activities.create_call, establish(origin, locale="de-DE", intermediate_results=True))
    sent = acs.last
    assert (sent.method, sent.path, sent.query) == ("POST", "/calling/callConnections", "api-version=2026-03-12")
    callback = sent.body.pop("callbackUri")
    transport = sent.body["transcriptionOptions"].pop("transportUrl")
    assert sent.body == {
        "targets": [{"rawId": "4:+14255550123", "phoneNumber": {"value": "+14255550123"}}],
        "sourceCallerIdNumber": {"value": "+18005550100"},
        "sourceDisplayName": "Front desk",
        "operationContext": "ctx",
        "callIntelligenceOptions": {"cognitiveServicesEndpoint": "https://cog.example/"},
        "transcriptionOptions": {
            "transportType": "websocket",
            "locale": "de-DE",
            "startTranscription": False,
            "enableIntermediateResults": True,
        },
    }
    assert callback.startswith("https://in.example/events/k%2F1/")
    assert transport.startswith("wss://in.example/transcription/k%2F1/")
    for address in (callback, transport):
        assert is_signed("a throw-away secret", Purpose.DELIVER, "k/1", address.rsplit("/", 1)[1])
    assert sent.headers["repeatability-request-id"] == REPEATABILITY.request_id
    assert sent.headers["repeatability-first-sent"] == "Sun, 22 Nov 2026 12:56:10 GMT"
    assert (connection.call_connection_id, connection.server_call_id) == ("cc-1", "c2M=")
    assert (connection.correlation_id, connection.state) == ("corr-1", "connecting")


async def test_requests_are_signed_for_the_host_they_go_to(activities: CallAutomationActivities, acs: Recorder) -> None:
    """The HMAC (protocol reference 4.4) verifies against the Host header that arrives."""
    acs.answer(200, CALL)
    await perform(activities.get_call, CallReference(call_connection_id="cc-1"))
    sent = acs.last
    to_sign = f"GET\n{sent.path}?{sent.query}\n{sent.headers['x-ms-date']};{sent.headers['host']};{sent.headers['x-ms-content-sha256']}"
    digest = hmac.new(base64.b64decode(KEY), to_sign.encode(), hashlib.sha256).digest()
    assert sent.headers["authorization"].endswith(f"&Signature={base64.b64encode(digest).decode()}")


async def test_several_targets_are_one_call(activities: CallAutomationActivities, acs: Recorder) -> None:
    """A phone, an ACS user and a Teams user in one request; the call's own caller id wins."""
    acs.answer(201, CALL)
    teams = "0f2a1d5e-7a10-4b7d-8f0a-1a2b3c4d5e6f"
    origin = CreateCall(
        targets=(PHONE, AcsUser(id="8:acs:res_user"), TeamsUser(id=teams)), source_caller_id="+12025550100"
    )
    await perform(activities.create_call, establish(origin, start=StartMode.WITH_CALL))
    assert [target["rawId"] for target in acs.last.body["targets"]] == [
        "4:+14255550123",
        "8:acs:res_user",
        f"8:orgid:{teams}",
    ]
    assert acs.last.body["targets"][1]["communicationUser"] == {"id": "8:acs:res_user"}
    assert acs.last.body["targets"][2]["microsoftTeamsUser"]["userId"] == teams
    assert acs.last.body["sourceCallerIdNumber"] == {"value": "+12025550100"}
    assert acs.last.body["transcriptionOptions"]["startTranscription"] is True


async def test_a_telephone_needs_a_caller_id(sdk: CallAutomationClient, acs: Recorder) -> None:
    """Without one: refused at once, with what to set; an ACS user can be called without."""
    activities = CallAutomationActivities(sdk, settings_with(source_caller_id=None))
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.create_call, establish(CreateCall(targets=(PHONE,))))
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.CONFIGURATION, True)
    assert "CALLSCRIBE_SOURCE_CALLER_ID" in str(caught.value)
    assert acs.received == []
    acs.answer(201, CALL)
    await perform(activities.create_call, establish(CreateCall(targets=(AcsUser(id="8:acs:r_u"),))))
    assert "sourceCallerIdNumber" not in acs.last.body


async def test_every_way_in_needs_a_speech_endpoint(sdk: CallAutomationClient, acs: Recorder) -> None:
    """Without one: refused at once, with what to set; the call's own endpoint wins over the settings'."""
    activities = CallAutomationActivities(sdk, settings_with(cognitive_services_endpoint=None))
    for activity, origin in (
        (activities.create_call, CreateCall(targets=(PHONE,))),
        (activities.connect_call, ConnectCall(room_id="1")),
        (activities.answer_call, AnswerCall(incoming_call_context="c")),
    ):
        with pytest.raises(ApplicationError) as caught:
            await perform(activity, establish(origin))
        assert (caught.value.type, caught.value.non_retryable) == (ErrorType.CONFIGURATION, True)
        assert "CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT" in str(caught.value)
    assert acs.received == []
    acs.answer(200, CALL)
    await perform(
        activities.connect_call, establish(ConnectCall(room_id="1"), cognitive_services_endpoint="https://own.example")
    )
    assert acs.last.body["callIntelligenceOptions"] == {"cognitiveServicesEndpoint": "https://own.example"}


@pytest.mark.parametrize(
    ("origin", "locator"),
    [
        (ConnectCall(room_id="9945"), {"roomId": "9945", "kind": "roomCallLocator"}),
        (ConnectCall(group_call_id="g"), {"groupCallId": "g", "kind": "groupCallLocator"}),
        (ConnectCall(server_call_id="s"), {"serverCallId": "s", "kind": "serverCallLocator"}),
    ],
)
async def test_connect_call_names_the_call(
    activities: CallAutomationActivities, acs: Recorder, origin: ConnectCall, locator: dict[str, str]
) -> None:
    """Room, group call and server call id, each as its own kind of locator, with the headers."""
    acs.answer(200, CALL)
    connection = await perform(activities.connect_call, establish(origin))
    assert acs.last.path == "/calling/callConnections:connect"
    assert acs.last.body["callLocator"] == locator
    assert acs.last.body["transcriptionOptions"]["locale"] == "en-US"
    assert acs.last.headers["repeatability-request-id"] == REPEATABILITY.request_id
    assert acs.last.headers["repeatability-first-sent"] == "Sun, 22 Nov 2026 12:56:10 GMT"
    assert connection.call_connection_id == "cc-1"


async def test_answer_call(activities: CallAutomationActivities, acs: Recorder) -> None:
    """The incoming call's context, our addresses, the headers."""
    acs.answer(200, CALL)
    origin = AnswerCall(incoming_call_context="eyJ.secret", operation_context="in")
    await perform(activities.answer_call, establish(origin, start=StartMode.WITH_CALL))
    assert acs.last.path == "/calling/callConnections:answer"
    assert acs.last.body["incomingCallContext"] == "eyJ.secret"
    assert acs.last.body["operationContext"] == "in"
    assert acs.last.body["transcriptionOptions"]["startTranscription"] is True
    assert acs.last.headers["repeatability-request-id"] == REPEATABILITY.request_id


async def test_a_repeated_dial_is_the_same_request(activities: CallAutomationActivities, acs: Recorder) -> None:
    """Sent again after a lost answer, id, date and body are the same: the phone does not ring twice."""
    acs.answer(500, refusal("9999"))
    acs.answer(201, CALL)
    argument = establish(CreateCall(targets=(PHONE,)))
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.create_call, argument)
    assert not caught.value.non_retryable
    await perform(activities.create_call, argument, attempt=2)
    first, second = acs.received
    assert first.body == second.body
    for header in ("repeatability-request-id", "repeatability-first-sent"):
        assert first.headers[header] == second.headers[header]


async def test_the_sdk_itself_repeats_nothing(activities: CallAutomationActivities, acs: Recorder) -> None:
    """One attempt is one request, whatever the answer: Temporal owns repeating."""
    for status in (429, 500, 503):
        acs.answer(status, refusal("8516"), {"Retry-After": "1"})
        with pytest.raises(ApplicationError):
            await perform(activities.get_call, CallReference(call_connection_id="c"))
    assert len(acs.received) == 3


async def test_the_custom_model_reaches_the_wire(
    activities: CallAutomationActivities, acs: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """In options, start and update, where the SDK would drop it; and the SDK's warning about itself is not logged."""
    acs.answer(201, CALL)
    acs.answer(202)
    acs.answer(202)
    with caplog.at_level(logging.WARNING):
        await perform(activities.create_call, establish(CreateCall(targets=(PHONE,)), speech_model_id=MODEL))
        await perform(activities.start_transcription, StartRequest(call_connection_id="c", speech_model_id=MODEL))
        await perform(
            activities.update_transcription,
            UpdateRequest(call_connection_id="c", locale="de-DE", speech_model_id=MODEL),
        )
    create, start, update = (sent.body for sent in acs.received)
    assert create["transcriptionOptions"]["speechModelEndpointId"] == MODEL
    assert start == {"speechModelEndpointId": MODEL}
    assert update == {"locale": "de-DE", "speechModelEndpointId": MODEL}
    assert caplog.text == ""


@pytest.mark.parametrize(
    ("request_", "body"),
    [
        (StartRequest(call_connection_id="a/b c"), {}),
        (StartRequest(call_connection_id="a/b c", locale="en-AU"), {"locale": "en-AU"}),
        (StartRequest(call_connection_id="a/b c", operation_context="s1"), {"operationContext": "s1"}),
        (
            StartRequest(call_connection_id="a/b c", locale="en-AU", operation_context="s1"),
            {"locale": "en-AU", "operationContext": "s1"},
        ),
    ],
)
async def test_start_in_all_its_forms(
    activities: CallAutomationActivities, acs: Recorder, request_: StartRequest, body: dict[str, str]
) -> None:
    """Plain, with a locale, with a context, with both: as in ACS's how-to; 202 and no body are success."""
    acs.answer(202)
    assert await perform(activities.start_transcription, request_) == StepOutcome()
    assert acs.last.path == "/calling/callConnections/a/b c:startTranscription"
    assert acs.last.body == body


async def test_update_and_stop(activities: CallAutomationActivities, acs: Recorder) -> None:
    """What is sent: nothing but locale and context."""
    acs.answer(202)
    acs.answer(202)
    acs.answer(202)
    update = UpdateRequest(call_connection_id="c", locale="de-DE", operation_context="u")
    assert await perform(activities.update_transcription, update) == StepOutcome()
    assert acs.last.path.endswith("/c:updateTranscription")
    assert acs.last.body == {"locale": "de-DE", "operationContext": "u"}
    assert await perform(activities.stop_transcription, StopRequest(call_connection_id="c")) == StepOutcome()
    assert acs.last.path.endswith("/c:stopTranscription")
    assert acs.last.body == {}
    await perform(activities.stop_transcription, StopRequest(call_connection_id="c", operation_context="x"))
    assert acs.last.body == {"operationContext": "x"}


START = StartRequest(call_connection_id="c", locale="en-US")
UPDATE = UpdateRequest(call_connection_id="c", locale="en-US")
STOP = StopRequest(call_connection_id="c")


@pytest.mark.parametrize(
    ("step", "argument", "state", "locale", "already"),
    [
        ("start_transcription", START, "active", "en-us", True),
        ("start_transcription", START, "active", "de-DE", False),
        ("start_transcription", StartRequest(call_connection_id="c"), "active", "de-DE", True),
        ("start_transcription", START, "inactive", "en-US", False),
        ("start_transcription", START, None, "en-US", False),
        ("update_transcription", UPDATE, "active", "en-us", True),
        ("update_transcription", UPDATE, "active", "de-DE", False),
        ("update_transcription", UPDATE, "inactive", "en-US", False),
        ("stop_transcription", STOP, "inactive", "en-US", True),
        ("stop_transcription", STOP, "disabled", "en-US", True),
        ("stop_transcription", STOP, "active", "en-US", False),
        ("stop_transcription", STOP, None, "en-US", False),
    ],
)
async def test_a_repetition_looks_first(
    activities: CallAutomationActivities,
    acs: Recorder,
    step: str,
    argument: Any,
    state: str,
    locale: str,
    already: bool,
) -> None:
    """From the second attempt on ACS is asked for the state, and only what is not so already is sent."""
    acs.answer(200, call_with(state, locale))
    acs.answer(202)
    outcome = await perform(getattr(activities, step), argument, attempt=2)
    assert outcome.already_so is already
    assert [sent.method for sent in acs.received] == (["GET"] if already else ["GET", "POST"])
    assert bool(outcome.note) is already


async def test_get_call(activities: CallAutomationActivities, acs: Recorder) -> None:
    """State, subscription and ids; states that the SDK does not know come as they are."""
    acs.answer(200, {**call_with("active", "en-us"), "callConnectionState": "parked"})
    snapshot = await perform(activities.get_call, CallReference(call_connection_id="cc-1"))
    assert snapshot.exists
    assert (snapshot.state, snapshot.transcription, snapshot.locale) == ("parked", "active", "en-us")
    assert (snapshot.correlation_id, snapshot.server_call_id) == ("corr-1", "c2M=")


async def test_a_call_that_acs_does_not_know(activities: CallAutomationActivities, acs: Recorder) -> None:
    """404 with ACS's code is an answer; a 404 page of somebody else on the way is not."""
    acs.answer(404, refusal("8522"))
    snapshot = await perform(activities.get_call, CallReference(call_connection_id="gone"))
    assert not snapshot.exists
    acs.answer(404, "<html>tunnel not found</html>")
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.get_call, CallReference(call_connection_id="gone"))
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.UNAVAILABLE, False)


async def test_hang_up(activities: CallAutomationActivities, acs: Recorder) -> None:
    """Leave is a DELETE; for everyone is `:terminate` with the workflow's headers."""
    acs.answer(204)
    acs.answer(204)
    leave = HangUpRequest(call_connection_id="c", for_everyone=False, repeatability=REPEATABILITY)
    assert await perform(activities.hang_up, leave) == StepOutcome()
    assert (acs.last.method, acs.last.path) == ("DELETE", "/calling/callConnections/c")
    for_everyone = leave.model_copy(update={"for_everyone": True})
    assert await perform(activities.hang_up, for_everyone) == StepOutcome()
    assert (acs.last.method, acs.last.path) == ("POST", "/calling/callConnections/c:terminate")
    assert acs.last.headers["repeatability-request-id"] == REPEATABILITY.request_id
    assert acs.last.headers["repeatability-first-sent"] == "Sun, 22 Nov 2026 12:56:10 GMT"


@pytest.mark.parametrize(("status", "code"), [(404, "8522"), (400, "8528")])
@pytest.mark.parametrize("for_everyone", [True, False])
async def test_hanging_up_what_is_over(
    activities: CallAutomationActivities, acs: Recorder, status: int, code: str, for_everyone: bool
) -> None:
    """A call that is over already is what was wanted."""
    acs.answer(status, refusal(code))
    request = HangUpRequest(call_connection_id="c", for_everyone=for_everyone, repeatability=REPEATABILITY)
    assert (await perform(activities.hang_up, request)).already_so


async def test_other_refusals_of_hanging_up_are_errors(activities: CallAutomationActivities, acs: Recorder) -> None:
    """A server in trouble has not hung up."""
    acs.answer(503, refusal("9998"), {"Retry-After": "7"})
    request = HangUpRequest(call_connection_id="c", for_everyone=False, repeatability=REPEATABILITY)
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.hang_up, request)
    assert caught.value.type == ErrorType.UNAVAILABLE
    assert caught.value.next_retry_delay == timedelta(seconds=7)


async def test_the_wrong_way_in_is_refused(activities: CallAutomationActivities) -> None:
    """An activity that is given another origin than its own says so, once."""
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.create_call, establish(ConnectCall(room_id="1")))
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.INVALID, True)


async def test_an_answer_without_a_call_is_repeated(activities: CallAutomationActivities, acs: Recorder) -> None:
    """A 201 that names no call connection is no call; the headers make the repetition safe."""
    acs.answer(201, {**CALL, "callConnectionId": None})
    with pytest.raises(ApplicationError) as caught:
        await perform(activities.create_call, establish(CreateCall(targets=(PHONE,))))
    assert (caught.value.type, caught.value.non_retryable) == (ErrorType.UNAVAILABLE, False)


async def test_logs_name_no_number_and_no_secret(
    activities: CallAutomationActivities, acs: Recorder, caplog: pytest.LogCaptureFixture
) -> None:
    """At the most talkative level of ours and the SDK's: no phone number, no key of an address."""
    acs.answer(201, CALL)
    with caplog.at_level(logging.INFO):
        await perform(activities.create_call, establish(CreateCall(targets=(PHONE,))))
    logged = caplog.text + repr([vars(record) for record in caplog.records])
    assert "4255550123" not in logged
    assert acs.last.body["callbackUri"].rsplit("/", 1)[1] not in logged
    assert KEY not in logged
