"""How a call comes to be, and how it is to be transcribed: the input of the workflow."""

from datetime import timedelta
from enum import StrEnum
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, field_validator, model_validator

from callscribe.acs.identifiers import is_guid, is_phone_number
from callscribe.acs.locales import check_locale
from callscribe.contracts.carried import CarriedState
from callscribe.model import Strict
from callscribe.transcript.model import RawId


def _check_phone_number(text: str) -> str:
    if not is_phone_number(text):
        raise ValueError(f"'{text}' is not a phone number in E.164 form: write '+' and the digits, like +12025550100.")
    return text


Locale = Annotated[str, AfterValidator(check_locale)]
PhoneNumberText = Annotated[str, AfterValidator(_check_phone_number)]
OperationContext = Annotated[str, Field(max_length=5000)]


class PhoneNumber(Strict):
    """A telephone, by its number."""

    kind: Literal["phone_number"] = "phone_number"
    value: PhoneNumberText

    @property
    def raw_id(self) -> RawId:
        """As ACS names it on the wire."""
        return f"4:{self.value}"


class AcsUser(Strict):
    """A user of an ACS resource."""

    kind: Literal["acs_user"] = "acs_user"
    id: Annotated[str, Field(pattern=r"^8:(acs|spool|dod-acs|gcch-acs):\S+$")]

    @property
    def raw_id(self) -> RawId:
        """As ACS names it on the wire."""
        return self.id


class TeamsUser(Strict):
    """A Microsoft Teams user, by object id (a GUID) or raw id."""

    kind: Literal["teams_user"] = "teams_user"
    id: str

    @field_validator("id")
    @classmethod
    def _object_id(cls, text: str) -> str:
        bare = text.removeprefix("8:orgid:")
        if not is_guid(bare):
            raise ValueError(f"'{text}' is not a Teams user: write the user's object id (a GUID) or '8:orgid:<GUID>'.")
        return bare

    @property
    def raw_id(self) -> RawId:
        """As ACS names it on the wire."""
        return f"8:orgid:{self.id}"


Target = Annotated[PhoneNumber | AcsUser | TeamsUser, Field(discriminator="kind")]


class CreateCall(Strict):
    """Dial one or several targets. Dialling a phone number needs a source caller id: here or in the settings."""

    kind: Literal["create"] = "create"
    targets: Annotated[tuple[Target, ...], Field(min_length=1)]
    source_caller_id: PhoneNumberText | None = None
    source_display_name: Annotated[str, Field(max_length=256)] | None = None
    operation_context: OperationContext | None = None


class ConnectCall(Strict):
    """Join a call that is already under way: a room, a group call, or any call by its server call id."""

    kind: Literal["connect"] = "connect"
    room_id: str | None = None
    group_call_id: str | None = None
    server_call_id: str | None = None
    operation_context: OperationContext | None = None

    @model_validator(mode="after")
    def _exactly_one(self) -> "ConnectCall":
        given = [value for value in (self.room_id, self.group_call_id, self.server_call_id) if value]
        if len(given) != 1:
            raise ValueError("connect takes exactly one of room_id, group_call_id and server_call_id.")
        return self


class AnswerCall(Strict):
    """Answer a call that Event Grid announced (IncomingCall). The context lets its holder take the call: a secret."""

    kind: Literal["answer"] = "answer"
    incoming_call_context: Annotated[str, Field(min_length=1, repr=False)]
    operation_context: OperationContext | None = None


Origin = Annotated[CreateCall | ConnectCall | AnswerCall, Field(discriminator="kind")]


class StartMode(StrEnum):
    """When transcription begins."""

    WITH_CALL = "with_call"
    """ACS starts it as the call connects (`startTranscription`). Not possible in 1:1 calls with an ACS user's client."""
    WHEN_CONNECTED = "when_connected"
    """The workflow starts it after CallConnected."""
    ON_REQUEST = "on_request"
    """Nothing starts until somebody sends `start_transcription`."""


class TranscriptionSettings(Strict):
    """How a call is transcribed."""

    locale: Locale = "en-US"
    start: StartMode = StartMode.WHEN_CONNECTED
    intermediate_results: bool = False
    """Whether ACS also sends results that may still change; they reach live captions, never the transcript."""
    speech_model_id: str | None = None
    """Endpoint id (GUID) of a custom speech model."""
    operation_context: OperationContext | None = None
    """Echoed by ACS in the events of a start that the workflow sends by itself."""
    cognitive_services_endpoint: Annotated[str, Field(pattern=r"^https?://\S+$")] | None = None
    """Overrides the settings' endpoint for this call."""


class Limits(Strict):
    """How long the workflow waits for what. All are measured durably, by Temporal's timers."""

    connect_timeout: timedelta = timedelta(seconds=130)
    """From dialling to CallConnected; ACS itself gives up on a phone after 115 s."""
    transcription_timeout: timedelta = timedelta(seconds=30)
    """From a start, stop or locale request to the event that confirms it; 1.6 to 2.4 s in captures."""
    drain_timeout: timedelta = timedelta(seconds=60)
    """After the call's end, for what is still on its way from ingest."""
    max_duration: timedelta = timedelta(hours=24)
    """A call that lasts longer is hung up."""
    continue_as_new_after: Annotated[int, Field(ge=1)] = 400
    """Signals in one run before the workflow continues as new."""


class CallRequest(Strict):
    """The input of the `CallTranscription` workflow: how the call comes to be, and how it is transcribed."""

    origin: Origin
    transcription: TranscriptionSettings = TranscriptionSettings()
    limits: Limits = Limits()
    participants: dict[RawId, str] = {}
    """Names for participants, by raw id; used wherever a person reads the transcript."""
    words_in_details: bool = False
    """Whether the workflow's current details in Temporal's web UI show the newest words. Whoever may look at the
    namespace can read them; the history holds them in any case, unless a payload codec encrypts it."""
    carried: CarriedState | None = None
    """Set by the workflow itself when it continues as new; never by a caller."""
