"""What a call wants done to the world outside, as data. The shell does it and reports sockets' results back."""

from dataclasses import dataclass
from typing import Any

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


@dataclass(frozen=True, kw_only=True, slots=True)
class Final:
    """A final result that was sent, for comparison with what a receiver stored. Ticks."""

    participant: str
    text: str
    offset: int
    duration: int
    locale: str
    subscription: str
    stream: int


@dataclass(frozen=True, kw_only=True, slots=True)
class SendPacket:
    """Send one text message; report `packet_sent` or `packet_lost` if it is a final result."""

    stream: int
    text: str
    final: Final | None = None
    said: SaidFinal | None = None
    """The record's entry of a final result, to be corrected if the packet does not go out."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CloseSocket:
    """Close a stream's socket, open or still opening."""

    stream: int
    code: int


Effect = PostEvent | OpenSocket | SendPacket | CloseSocket
