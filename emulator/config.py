"""The emulator's configuration: its address, its timings, and one switch for everything that ACS leaves unsaid."""

from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

DEFAULT_ACCESS_KEY = "ZW11bGF0b3ItYWNjZXNzLWtleS1ub3QtYS1zZWNyZXQ="
"""Base64, as an ACS access key is; a well-known value, because an emulator on loopback guards nothing."""

DEFAULT_RESOURCE_ID = "1f0c3d52-7a48-4d0e-9c61-b5e2a8f7d394"
"""A GUID, as immutable resource ids are; every emulator has this one unless it is given another."""

Seconds = Annotated[float, Field(ge=0)]
SpeechStarts = Literal["transcription", "connected"]


class EmulatorConfig(BaseModel):
    """All switches, each with the default that is nearest to ACS. Times are seconds; `haste` divides those of a call."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    host: str = Field(default="127.0.0.1", description="Address to listen on. The control API has no lock of its own.")
    port: int = Field(default=8090, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    access_key: str = Field(default=DEFAULT_ACCESS_KEY, description="Base64 key that REST requests are signed with.")
    issuer: str = Field(
        default="https://acscallautomation.communication.azure.com",
        description="Issuer of the tokens on sockets and callbacks.",
    )
    resource_id: str = Field(
        default=DEFAULT_RESOURCE_ID,
        description="The resource's immutable id, which is the audience of these tokens.",
    )
    tokens: Literal["all", "callbacks", "none"] = Field(
        default="all", description="What carries a token: `all` (sockets and callbacks), `callbacks` or `none`."
    )
    speed: float = Field(default=1.0, gt=0, description="How many times faster than life call scripts are spoken.")
    script: Path | None = Field(
        default=None, description="Call script of every call without a plan; unset plays the two-language one."
    )
    haste: float = Field(default=1.0, gt=0, description="How many times faster the call's own delays pass.")
    seed: int = Field(default=0, description="Seed of everything that is drawn: offset bases, confidences.")

    connect_delay: Seconds = Field(default=1.0, description="From dialling to CallConnected, or to the rejection.")
    transcription_delay: Seconds = Field(default=1.6, description="From start (or CallConnected) to the socket.")
    update_delay: Seconds = Field(default=0.3, description="From updateTranscription to TranscriptionUpdated.")
    stop_delay: Seconds = Field(default=0.3, description="From stopTranscription to TranscriptionStopped.")
    hangup_delay: Seconds = Field(default=1.5, description="From hang-up to CallDisconnected.")
    ring_timeout: Seconds | None = Field(
        default=None, description="How long an unanswered call rings; unset: 115 s for telephones, 85 s otherwise."
    )

    speech_starts: SpeechStarts = Field(
        default="transcription",
        description="When people begin to speak: with the first `transcription`, or once `connected`.",
    )
    hangup_at_end: Seconds | None = Field(
        default=None, description="Seconds after the script's end at which the other side hangs up; unset: never."
    )

    offset_era: Literal["B", "A"] = Field(default="B", description="`B`, or `A` for the offsets of before mid-2024.")
    offsets_restart: bool = Field(default=True, description="Offsets count from each start, not from the first one.")
    new_subscription_per_start: bool = Field(default=True, description="Each start has a subscription id of its own.")
    metadata_on_update: bool = Field(default=True, description="A locale update sends a new metadata packet.")
    stop_closes_socket: bool = Field(default=True, description="Stop closes the socket; a later start opens a new one.")
    close_code: int = Field(default=1000, description="Websocket close code at stop and at the call's end.")
    stopped_on_hangup: bool = Field(
        default=False, description="A call that ends while it is transcribed posts TranscriptionStopped first."
    )
    second_start: Literal["refuse", "accept"] = Field(
        default="refuse", description="Start while active: `refuse` (400/8585), or `accept` (202, without effect)."
    )
    after_end: Literal["8528", "8522"] = Field(
        default="8528", description="Actions on a call that has ended: 400/`8528` or 404/`8522`."
    )
    repeatability_conflict: Literal[409, 400] = Field(
        default=409,
        description="Status of a Repeatability-Request-ID that comes again with a different body: `409` or `400`.",
    )
    require_tls: bool = Field(default=False, description="Refuse callback URLs without https and sockets without wss.")
    date_window: Seconds = Field(default=300.0, description="How far x-ms-date may be from now.")

    reconnect_tries: int = Field(default=10, ge=0, description="How often a dropped socket is dialled again.")
    reconnect_pause: Seconds = Field(default=1.0, description="Pause before each of these tries.")
    socket_timeout: Seconds = Field(default=10.0, description="Limit for opening a socket, and for one packet's send.")
    callback_patience: Seconds = Field(
        default=60.0, description="How long an event is posted again while nobody takes it; 0 posts once."
    )
    callback_timeout: Seconds = Field(default=10.0, description="Limit for one answer to a callback.")
    keep_ended: int = Field(default=5000, ge=1, description="How many ended calls the control API remembers.")

    def ringing(self, *, telephone: bool) -> float:
        """Seconds that an unanswered call rings, haste included (limits: protocol reference 4.8)."""
        limit = self.ring_timeout if self.ring_timeout is not None else (115.0 if telephone else 85.0)
        return limit / self.haste

    def after(self, delay: float) -> float:
        """One of the call's delays, in seconds, haste included."""
        return delay / self.haste
