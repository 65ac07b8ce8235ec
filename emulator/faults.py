"""Faults, as data: what goes wrong on calls and at the REST surface, when or how likely, and by which seed.

Faults of a call happen once at `at_ms`, a position in its script, or by `chance` before each final result. Durations
are seconds, and neither haste nor speed changes them.
"""

from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from emulator.config import Seconds

Chance = Annotated[float, Field(ge=0, le=1)]


class Fault(BaseModel):
    """What all faults share: unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class RestFault(Fault):
    """Something happens to the next requests."""

    how: Literal["refused", "answer_lost", "slow"] = Field(
        default="refused",
        description="`refused` before anything is done; `answer_lost`: done, and the connection dropped before the answer; `slow`: only late.",
    )
    status: int = Field(default=500, ge=400, le=599, description="The HTTP status of a refusal.")
    retry_after: int | None = Field(default=None, ge=0, description="Seconds in a Retry-After header; unset: none.")
    delay: Seconds = Field(default=0, description="Seconds that pass before anything else.")
    operation: str | None = Field(
        default=None, description="create, connect, answer, get, hang_up, terminate, start, update, stop; unset: all."
    )
    times: int = Field(default=1, ge=0, description="How many requests it happens to.")
    chance: Chance = Field(default=1, description="How likely it happens to each of them.")


class _Moment(Fault):
    at_ms: int | None = Field(default=None, ge=0, description="When: milliseconds of the script.")
    chance: Chance = Field(default=0, description="How likely it happens before each final result.")
    times: int = Field(default=1, ge=1, description="How often it happens on one call by chance.")

    @model_validator(mode="after")
    def _once_or_by_chance(self) -> Self:
        if (self.at_ms is None) == (self.chance == 0):
            raise ValueError("needs either at_ms or chance")
        return self


class Drop(_Moment):
    """The socket ends."""

    kind: Literal["drop"] = "drop"
    how: Literal["abort", "close", "half_open"] = Field(
        default="abort",
        description="`abort`: the connection breaks; `close`: it is closed with `code`; `half_open`: its peer is abandoned without being told (no FIN).",
    )
    code: int = Field(default=1011, ge=1000, le=4999, description="Close code of `close`.")
    then: Literal["reconnect", "give_up", "silence"] = Field(
        default="reconnect",
        description="`reconnect`: a new socket; `give_up`: TranscriptionFailed 500/8578; `silence`: neither socket nor event, though active.",
    )
    pause: Seconds = Field(default=0.5, description="Seconds until the new socket is dialled.")
    replay: int = Field(default=0, ge=0, le=1000, description="How many of the last results the new socket gets again.")
    subscription: Literal["same", "new"] = Field(
        default="same", description="Subscription id of the new socket: the `same` or a `new` one."
    )
    resumed: bool = Field(default=True, description="The new socket is announced with TranscriptionResumed.")
    told: Literal["updated", "failed"] | None = Field(
        default=None,
        description="TranscriptionUpdated (`updated`) or TranscriptionFailed (`failed`) tells of the drop at once, with "
        "details `streamConnectionInterrupted`; unset: neither does.",
    )


class Overlap(_Moment):
    """A second socket opens while the first one is open."""

    kind: Literal["overlap"] = "overlap"
    lasts: Seconds = Field(default=1, description="Seconds until the first socket closes.")
    sends: Literal["new", "both"] = Field(
        default="new", description="Which sockets get what is said meanwhile: the `new` one or `both`."
    )
    replay: int = Field(default=0, ge=0, le=1000, description="How many of the last results the second one gets again.")
    subscription: Literal["same", "new"] = Field(
        default="same", description="Subscription id of the second socket: the `same` or a `new` one."
    )


class Stall(_Moment):
    """The socket stays open and nothing comes; then everything at once."""

    kind: Literal["stall"] = "stall"
    lasts: Seconds = Field(default=5, description="Seconds without a packet.")


class OffsetRestart(_Moment):
    """Offsets count from zero again, on the same socket and subscription."""

    kind: Literal["offset_restart"] = "offset_restart"


PoisonShape = Literal[
    "not_json", "truncated", "no_payload", "wrong_types", "unknown_kind", "deep", "binary", "oversized"
]


class Poison(_Moment):
    """A packet that carries no word and cannot be used."""

    kind: Literal["poison"] = "poison"
    shape: PoisonShape = Field(
        default="not_json",
        description="What is wrong with it: `not_json`, `truncated`, `no_payload`, `wrong_types`, `unknown_kind`, `deep` (nested too deeply), `binary` or `oversized`.",
    )
    size: int = Field(default=5 * 1024 * 1024, ge=1, le=64 * 1024 * 1024, description="Bytes of an oversized one.")


class Fail(Fault):
    """TranscriptionFailed: in place of TranscriptionStarted, or at a moment of the script."""

    kind: Literal["fail"] = "fail"
    at_ms: int | None = Field(default=None, ge=0, description="When: milliseconds of the script; unset: at a start.")
    chance: Chance = Field(default=1, description="How likely a start fails.")
    times: int = Field(default=1, ge=1, description="How many starts fail.")
    code: int = Field(default=500, description="`resultInformation.code`.")
    sub_code: int = Field(default=9999, description="`resultInformation.subCode`.")
    details: str = Field(default="unspecifiedError", description="`transcriptionStatusDetails`.")
    message: str = Field(default="Injected failure.", description="`resultInformation.message`.")
    untrue: bool = Field(default=False, description="Only the event comes, and transcription goes on.")


class Cease(Fault):
    """TranscriptionStopped, though nobody has asked for it."""

    kind: Literal["cease"] = "cease"
    at_ms: int = Field(default=0, ge=0, description="When: milliseconds of the script.")
    details: str = Field(default="serviceShutdown", description="`transcriptionStatusDetails`.")
    untrue: bool = Field(default=False, description="Only the event comes, and transcription goes on.")


class NoSocket(Fault):
    """TranscriptionStarted comes, and no socket ever does."""

    kind: Literal["no_socket"] = "no_socket"
    chance: Chance = Field(default=1, description="How likely a start stays without a socket.")
    times: int = Field(default=1, ge=1, description="How many starts do.")


class Late(Fault):
    """Final results come after CallDisconnected: those from `at_ms` on, and what was being said at the hang-up."""

    kind: Literal["late"] = "late"
    at_ms: int | None = Field(
        default=None, ge=0, description="Results from this millisecond of the script on are withheld; unset: none."
    )
    chance: Chance = Field(default=1, description="How likely a call ends like this.")
    after: Seconds = Field(default=1, description="Seconds from CallDisconnected to the late results.")
    socket: Literal["same", "new"] = Field(
        default="same", description="`same`: they come on the socket, which has stayed open; `new`: on another one."
    )


CallFault = Annotated[
    Drop | Overlap | Stall | OffsetRestart | Poison | Fail | Cease | NoSocket | Late, Field(discriminator="kind")
]


class Faults(Fault):
    """Everything that goes wrong; nothing does by default."""

    seed: int | None = Field(default=None, description="Seed of all chances; unset: the emulator's.")
    duplicate_events: Chance = Field(default=0, description="How likely an event is posted twice.")
    swap_events: Chance = Field(default=0, description="How likely two events that come together change places.")
    event_before_response: Chance = Field(
        default=0, description="How likely create, connect and answer are answered after the call's first event."
    )
    lose_events: tuple[str, ...] = Field(default=(), description="Names of events that are never posted.")
    offset_era: Literal["A", "B"] | None = Field(
        default=None, description="Offsets of this era, `A` or `B`; unset: the emulator's."
    )
    rest: tuple[RestFault, ...] = Field(default=(), description="What happens to requests.")
    calls: tuple[CallFault, ...] = Field(default=(), description="What happens on every call.")
