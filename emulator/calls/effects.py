"""What a call wants done to the world outside, as data. The shell does it and reports sockets' results back."""

from dataclasses import dataclass
from typing import Any, Literal

from emulator.calls.record import SaidFinal


@dataclass(frozen=True, kw_only=True, slots=True)
class PostEvent:
    """Post one CloudEvent to a callback URL."""

    url: str
    event: dict[str, Any]


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenSocket:
    """Dial the transcription socket; report `socket_opened` or `socket_failed` of this stream."""

    stream: int
    url: str
    headers: tuple[tuple[str, str], ...]


@dataclass(kw_only=True, slots=True)
class Final:
    """A final result that was sent, for comparison with what a receiver stored. Ticks.

    `replay`: a socket had been handed it before. `accepted`: the receiver's TCP has acknowledged all of it; false is
    not known.
    """

    participant: str
    text: str
    offset: int
    duration: int
    locale: str
    subscription: str
    stream: int
    replay: bool = False
    accepted: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class SendPacket:
    """Send one message, a binary one if it is bytes; report `packet_sent`, and `packet_accepted` later, or `packet_lost`."""

    stream: int
    text: str | bytes
    final: Final | None = None
    said: SaidFinal | None = None
    """The record's entry of a final result, to be corrected if the packet does not go out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseSocket:
    """Close a stream's socket, open or still opening."""

    stream: int
    code: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DropSocket:
    """Break a stream's connection, or abandon it: keep it and never look at it again."""

    stream: int
    how: Literal["abort", "half_open"]


Effect = PostEvent | OpenSocket | SendPacket | CloseSocket | DropSocket
