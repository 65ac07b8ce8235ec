"""Request bodies of Call Automation, checked (protocol reference 4.2). Raises `Refusal` for what cannot be used. Pure."""

from dataclasses import dataclass
from typing import Any, Literal

from callscribe.acs.locales import LocaleError, check_locale
from emulator.calls import refusals
from emulator.identifiers import raw_id_of

CallKind = Literal["create", "connect", "answer"]
_LOCATORS = {"roomCallLocator": "roomId", "groupCallLocator": "groupCallId", "serverCallLocator": "serverCallId"}


@dataclass(frozen=True, kw_only=True, slots=True)
class TranscriptionOptions:
    """`transcriptionOptions` of create, connect and answer."""

    locale: str
    transport_url: str | None
    start: bool
    intermediate_results: bool
    speech_model: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Setup:
    """How a call comes to be, as the application asked for it."""

    kind: CallKind
    callback_uri: str
    targets: tuple[str, ...] = ()
    locator: str | None = None
    source: str | None = None
    source_caller_id: str | None = None
    source_display_name: str | None = None
    operation_context: str | None = None
    cognitive_services_endpoint: str | None = None
    transcription: TranscriptionOptions | None = None
    incoming_call_context: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Operation:
    """The body of startTranscription, updateTranscription and stopTranscription."""

    locale: str | None = None
    operation_context: str | None = None
    callback_uri: str | None = None
    speech_model: str | None = None


def parse_create(body: dict[str, Any], *, require_tls: bool) -> Setup:
    """A create request."""
    targets = body.get("targets")
    raw_ids = [raw_id_of(target) for target in targets] if isinstance(targets, list) else []
    known = tuple(raw_id for raw_id in raw_ids if raw_id is not None)
    if not known or len(known) != len(raw_ids):
        raise refusals.invalid("The field Targets must hold at least one identifier.")
    number = body.get("sourceCallerIdNumber")
    return Setup(
        kind="create",
        targets=known,
        source=raw_id_of(body.get("source")),
        source_caller_id=_text(number, "value") if isinstance(number, dict) else None,
        source_display_name=_text(body, "sourceDisplayName"),
        **_common(body, require_tls=require_tls),
    )


def parse_connect(body: dict[str, Any], *, require_tls: bool) -> Setup:
    """A connect request: a room, a group call or a server call."""
    locator = body.get("callLocator")
    if not isinstance(locator, dict):
        raise refusals.invalid("The CallLocator field is required.")
    named = [value for key in _LOCATORS.values() if (value := _text(locator, key))]
    expected = _LOCATORS.get(_text(locator, "kind") or "")
    if len(named) != 1 or (expected is not None and not _text(locator, expected)):
        raise refusals.invalid("The CallLocator field must name one room, group call or server call.")
    return Setup(kind="connect", locator=named[0], **_common(body, require_tls=require_tls))


def parse_answer(body: dict[str, Any], *, require_tls: bool) -> Setup:
    """An answer request."""
    return Setup(
        kind="answer",
        incoming_call_context=incoming_context(body),
        **_common(body, require_tls=require_tls),
    )


def incoming_context(body: dict[str, Any]) -> str:
    """The `incomingCallContext` of an answer, reject or redirect request."""
    context = _text(body, "incomingCallContext")
    if context is None:
        raise refusals.invalid("The IncomingCallContext field is required.")
    return context


def parse_operation(body: dict[str, Any]) -> Operation:
    """A start, update or stop request; its locale is checked, whoever needs one asks for it."""
    locale = _text(body, "locale")
    return Operation(
        locale=None if locale is None else checked_locale(locale),
        operation_context=_text(body, "operationContext"),
        callback_uri=_text(body, "operationCallbackUri"),
        speech_model=_text(body, "speechModelEndpointId"),
    )


def checked_locale(locale: str) -> str:
    """`locale` as it was written, if it names language and region."""
    try:
        check_locale(locale)
    except LocaleError as error:
        raise refusals.invalid(f"Only locales that contain region information are supported. {error}") from error
    return locale


def missing_locale() -> refusals.Refusal:
    """The refusal of a request that needs a locale and has none."""
    return refusals.invalid("The locale is missing.")


def _common(body: dict[str, Any], *, require_tls: bool) -> dict[str, Any]:
    callback = _text(body, "callbackUri")
    allowed = ("https://",) if require_tls else ("https://", "http://")
    if callback is None or not callback.startswith(allowed):
        raise refusals.invalid("The field CallbackUri is invalid.")
    intelligence = body.get("callIntelligenceOptions")
    return {
        "callback_uri": callback,
        "operation_context": _text(body, "operationContext"),
        "cognitive_services_endpoint": (
            _text(intelligence, "cognitiveServicesEndpoint") if isinstance(intelligence, dict) else None
        ),
        "transcription": _transcription(body.get("transcriptionOptions"), require_tls=require_tls),
    }


def _transcription(options: Any, *, require_tls: bool) -> TranscriptionOptions | None:
    if options is None:
        return None
    if not isinstance(options, dict) or str(options.get("transportType", "")).lower() != "websocket":
        raise refusals.invalid("The field TransportType is invalid.")
    locale = _text(options, "locale")
    if locale is None:
        raise missing_locale()
    url = _text(options, "transportUrl")
    if url is not None and require_tls and not url.startswith("wss://"):
        raise refusals.invalid("The field TransportUrl is invalid.")
    return TranscriptionOptions(
        locale=checked_locale(locale),
        transport_url=url,
        start=options.get("startTranscription") is True,
        intermediate_results=options.get("enableIntermediateResults") is True,
        speech_model=_text(options, "speechModelEndpointId"),
    )


def _text(body: dict[str, Any], key: str) -> str | None:
    value = body.get(key)
    return value if isinstance(value, str) and value else None
