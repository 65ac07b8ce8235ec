"""What became of everything that was said on one call, and when its sockets lived: the far end's own testimony. Pure.

Instants are Unix seconds of the emulator's clock.
"""

from dataclasses import dataclass, field
from typing import Literal

Fate = Literal["sent", "lost", "undelivered"]
"""Handed to a socket; said while transcription was active and no socket was open; said while it was not active."""
EndedBy = Literal["emulator", "receiver"]


@dataclass(kw_only=True, slots=True)
class SaidFinal:
    """A final result as it was said. Ticks of 100 ns for `offset`, which only what was meant for a socket has."""

    participant: str
    text: str
    said_at: float
    fate: Fate
    stream: int = 0
    offset: int | None = None
    subscription: str | None = None
    accepted: bool = False
    """The receiver's TCP has acknowledged all of it; false is not known."""
    replays: int = 0
    """How often it was handed to a socket again."""


@dataclass(kw_only=True, slots=True)
class SocketLife:
    """One socket; `ended_by` tells a close of ours from a socket that the receiver closed or that died with it."""

    stream: int
    opened_at: float
    ended_at: float | None = None
    ended_by: EndedBy | None = None


@dataclass(kw_only=True, slots=True)
class ActiveTime:
    """A stretch of time in which transcription was active."""

    start: float
    end: float | None = None


@dataclass(slots=True)
class Record:
    """Grows with the call; in order of time."""

    finals: list[SaidFinal] = field(default_factory=list)
    sockets: list[SocketLife] = field(default_factory=list)
    active: list[ActiveTime] = field(default_factory=list)

    def said(self, final: SaidFinal) -> None:
        """Something was said."""
        self.finals.append(final)

    def socket_opened(self, stream: int, now: float) -> None:
        """A socket opened."""
        self.sockets.append(SocketLife(stream=stream, opened_at=now))

    def socket_ended(self, stream: int, now: float, by: EndedBy) -> None:
        """A socket ended; the first word on it stands."""
        for life in self.sockets:
            if life.stream == stream and life.ended_at is None:
                life.ended_at, life.ended_by = now, by

    def activated(self, now: float) -> None:
        """Transcription is active."""
        if not self.active or self.active[-1].end is not None:
            self.active.append(ActiveTime(start=now))

    def deactivated(self, now: float) -> None:
        """Transcription is not active any more."""
        if self.active and self.active[-1].end is None:
            self.active[-1].end = now
