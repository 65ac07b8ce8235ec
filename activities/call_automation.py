"""What the workflow asks of ACS Call Automation: eight activities on one client, each safe to repeat.

Dialling carries the workflow's Repeatability headers, so ACS carries it out once however often it is sent. Starting,
updating and stopping have no such headers: a repetition first asks ACS whether it is so already.
"""

from datetime import UTC
from email.utils import format_datetime
from typing import Any, TypedDict, TypeVar

from azure.communication.callautomation import (
    CallConnectionProperties,
    CommunicationIdentifier,
    CommunicationUserIdentifier,
    MicrosoftTeamsUserIdentifier,
    PhoneNumberIdentifier,
)
from azure.communication.callautomation.aio import CallAutomationClient, CallConnectionClient
from azure.core.exceptions import HttpResponseError
from temporalio import activity

from activities.errors import failure, means_call_is_over, means_no_such_call, translated
from activities.speech_model import ModelledTranscriptionOptions, model_keyword
from callscribe.acs.locales import same_locale
from callscribe.contracts.call import AcsUser, AnswerCall, ConnectCall, CreateCall, PhoneNumber, StartMode, Target
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.links import events_url, transcription_url
from callscribe.contracts.steps import (
    CallConnection,
    CallReference,
    CallSnapshot,
    EstablishCall,
    HangUpRequest,
    Repeatability,
    StartRequest,
    StepOutcome,
    StopRequest,
    UpdateRequest,
)
from callscribe.runtime.settings import Settings

OriginT = TypeVar("OriginT", CreateCall, ConnectCall, AnswerCall)


class _Common(TypedDict):
    callback_url: str
    cognitive_services_endpoint: str
    operation_context: str | None
    transcription: ModelledTranscriptionOptions
    headers: dict[str, str]


class CallAutomationActivities:
    """The activities of ACS, bound to one client and one configuration for the life of a worker process."""

    def __init__(self, client: CallAutomationClient, settings: Settings) -> None:
        self._client = client
        self._settings = settings
        self._secret = settings.secret()

    @activity.defn
    async def create_call(self, request: EstablishCall) -> CallConnection:
        """Dial one or several targets at once."""
        origin = _origin(request, CreateCall)
        number = origin.source_caller_id or self._settings.source_caller_id
        if number is None and any(isinstance(target, PhoneNumber) for target in origin.targets):
            raise failure(
                ErrorType.CONFIGURATION,
                Problem(
                    message="A telephone can only be called from a phone number, and none is configured.",
                    advice="Set CALLSCRIBE_SOURCE_CALLER_ID to a number of the ACS resource, or give the call a source_caller_id.",
                ),
            )
        common = self._common(request)
        with translated(attempt=activity.info().attempt):
            answer = await self._client.create_call(
                [_identifier(target) for target in origin.targets],
                source_caller_id_number=PhoneNumberIdentifier(number) if number else None,
                source_display_name=origin.source_display_name,
                **common,
            )
        return _connection(answer)

    @activity.defn
    async def connect_call(self, request: EstablishCall) -> CallConnection:
        """Join a room, a group call, or a call by its server call id."""
        origin = _origin(request, ConnectCall)
        locator = {
            name: value
            for name in ("room_id", "group_call_id", "server_call_id")
            if (value := getattr(origin, name)) is not None
        }
        common = self._common(request)
        with translated(attempt=activity.info().attempt):
            answer: CallConnectionProperties = await self._client.connect_call(**locator, **common)
        return _connection(answer)

    @activity.defn
    async def answer_call(self, request: EstablishCall) -> CallConnection:
        """Answer an incoming call."""
        origin = _origin(request, AnswerCall)
        common = self._common(request)
        with translated(attempt=activity.info().attempt):
            answer = await self._client.answer_call(origin.incoming_call_context, **common)
        return _connection(answer)

    @activity.defn
    async def get_call(self, request: CallReference) -> CallSnapshot:
        """What ACS says of the call now; a call that ACS does not know is an answer, not an error."""
        with translated(attempt=activity.info().attempt):
            return await self._snapshot(request.call_connection_id)

    @activity.defn
    async def start_transcription(self, request: StartRequest) -> StepOutcome:
        """Start transcription; found active in the wanted locale on a repetition, it is not started twice."""
        attempt = activity.info().attempt
        with translated(attempt=attempt):
            if attempt > 1:
                now = await self._snapshot(request.call_connection_id)
                if now.transcription == "active" and _fits(now.locale, request.locale):
                    return StepOutcome(already_so=True, note="ACS says that transcription is on already")
            await self._call(request.call_connection_id).start_transcription(
                locale=request.locale,
                operation_context=request.operation_context,
                **model_keyword(request.speech_model_id),
            )
        return StepOutcome()

    @activity.defn
    async def update_transcription(self, request: UpdateRequest) -> StepOutcome:
        """Go on in another locale; found in it on a repetition, nothing is sent."""
        attempt = activity.info().attempt
        with translated(attempt=attempt):
            if attempt > 1:
                now = await self._snapshot(request.call_connection_id)
                if now.transcription == "active" and now.locale and same_locale(now.locale, request.locale):
                    return StepOutcome(already_so=True, note=f"ACS says that the locale is {request.locale} already")
            await self._call(request.call_connection_id).update_transcription(
                locale=request.locale,
                operation_context=request.operation_context,
                **model_keyword(request.speech_model_id),
            )
        return StepOutcome()

    @activity.defn
    async def stop_transcription(self, request: StopRequest) -> StepOutcome:
        """Stop transcription; found inactive on a repetition, nothing is sent."""
        attempt = activity.info().attempt
        with translated(attempt=attempt):
            if attempt > 1:
                now = await self._snapshot(request.call_connection_id)
                if now.transcription in {"inactive", "disabled"}:
                    return StepOutcome(already_so=True, note="ACS says that transcription is off already")
            await self._call(request.call_connection_id).stop_transcription(operation_context=request.operation_context)
        return StepOutcome()

    @activity.defn
    async def hang_up(self, request: HangUpRequest) -> StepOutcome:
        """Leave the call, or end it for everyone; a call that is over already is what was wanted.

        Ending it for everyone carries the Repeatability headers; leaving is a DELETE, which can be sent twice as it is.
        """
        headers = {"headers": _headers(request.repeatability)} if request.for_everyone else {}
        with translated(attempt=activity.info().attempt):
            try:
                await self._call(request.call_connection_id).hang_up(request.for_everyone, **headers)
            except HttpResponseError as error:
                if not means_call_is_over(error):
                    raise
                return StepOutcome(already_so=True, note="the call was over already")
        return StepOutcome()

    def _call(self, call_connection_id: str) -> CallConnectionClient:
        return self._client.get_call_connection(call_connection_id)

    async def _snapshot(self, call_connection_id: str) -> CallSnapshot:
        try:
            properties = await self._call(call_connection_id).get_call_properties()
        except HttpResponseError as error:
            if not means_no_such_call(error):
                raise
            return CallSnapshot(exists=False)
        subscription = properties.transcription_subscription
        return CallSnapshot(
            exists=True,
            state=_text(properties.call_connection_state),
            transcription=_text(subscription.state) if subscription else None,
            locale=subscription.locale if subscription else None,
            correlation_id=properties.correlation_id,
            server_call_id=properties.server_call_id,
        )

    def _common(self, request: EstablishCall) -> _Common:
        """The part that every way into a call shares: addresses, transcription options, headers."""
        wanted = request.transcription
        endpoint = wanted.cognitive_services_endpoint or self._settings.cognitive_services_endpoint
        if not endpoint:
            raise failure(
                ErrorType.CONFIGURATION,
                Problem(
                    message="ACS transcribes only with an Azure AI services endpoint, and none is configured.",
                    advice="Set CALLSCRIBE_COGNITIVE_SERVICES_ENDPOINT to https://<name>.cognitiveservices.azure.com/ "
                    "(any https address will do for the emulator), or give the call a cognitive_services_endpoint.",
                ),
            )
        return {
            "callback_url": events_url(self._settings.public_http_url, self._secret, request.key),
            "cognitive_services_endpoint": endpoint,
            "operation_context": request.origin.operation_context,
            "transcription": ModelledTranscriptionOptions(
                transport_url=transcription_url(self._settings.public_websocket_url, self._secret, request.key),
                transport_type="websocket",
                locale=wanted.locale,
                start_transcription=wanted.start is StartMode.WITH_CALL,
                enable_intermediate_results=wanted.intermediate_results,
                speech_recognition_model_endpoint_id=wanted.speech_model_id,
            ),
            "headers": _headers(request.repeatability),
        }


def _origin(request: EstablishCall, kind: type[OriginT]) -> OriginT:
    if isinstance(request.origin, kind):
        return request.origin
    raise failure(
        ErrorType.INVALID,
        Problem(
            message=f"A call that comes to be by '{request.origin.kind}' was given to another activity than its own.",
            advice="Call the activity that fits the call's origin.",
        ),
    )


def _identifier(target: Target) -> CommunicationIdentifier:
    if isinstance(target, PhoneNumber):
        return PhoneNumberIdentifier(target.value)
    return (
        CommunicationUserIdentifier(target.id)
        if isinstance(target, AcsUser)
        else MicrosoftTeamsUserIdentifier(target.id)
    )


def _headers(repeatability: Repeatability) -> dict[str, str]:
    """A fresh dictionary each time: the SDK writes into the one that it is given (protocol reference 4.5)."""
    return {
        "Repeatability-Request-ID": repeatability.request_id,
        "Repeatability-First-Sent": format_datetime(repeatability.first_sent.astimezone(UTC), usegmt=True),
    }


def _connection(answer: CallConnectionProperties) -> CallConnection:
    if not answer.call_connection_id:
        raise failure(
            ErrorType.UNAVAILABLE,
            Problem(message="ACS took the call but named no call connection.", advice="The request is repeated."),
            retryable=True,
        )
    activity.logger.info("call established", extra={"call_connection_id": answer.call_connection_id})
    return CallConnection(
        call_connection_id=answer.call_connection_id,
        server_call_id=answer.server_call_id,
        correlation_id=answer.correlation_id,
        state=_text(answer.call_connection_state),
    )


def _fits(found: str | None, wanted: str | None) -> bool:
    return found is None or wanted is None or same_locale(found, wanted)


def _text(value: Any) -> str | None:
    """An enum of the SDK, or the text that ACS sent where the SDK does not know it."""
    return None if value is None else str(getattr(value, "value", value))
