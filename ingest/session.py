"""One socket of ACS, without the socket: packets in, effects out. No I/O, no clock, no chance."""

from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime

from callscribe.acs.locales import LocaleError, check_locale
from callscribe.acs.packets import (
    MEDIA_KINDS,
    FinalPacket,
    IntermediatePacket,
    MetadataPacket,
    OtherPacket,
    PacketError,
    parse_packet,
)
from callscribe.acs.ticks import from_milliseconds
from callscribe.contracts.captions import Caption
from callscribe.transcript.model import Segment, Word

UNKNOWN_KEPT = 100
"""Packets of one unknown kind that are kept raw per stream; more of them are only counted."""
MOST_BYTES = 1024 * 1024
"""JSON of one segment; Temporal takes no message of more than 2 MiB, and what it does not take would hold up the stream."""
_RECENT = from_milliseconds(60_000)
"""An intermediate result this much older than a final is no straggler: the offsets have restarted."""


@dataclass(frozen=True, slots=True)
class StoreFinal:
    """Make this segment durable before anything else happens."""

    segment: Segment


@dataclass(frozen=True, slots=True)
class ShowCaption:
    """Show this to whoever is watching; may be lost."""

    caption: Caption


@dataclass(frozen=True, slots=True)
class KeepRaw:
    """Keep a message as it came. `unreadable` ones count against the transcript's completeness."""

    raw: bytes = field(repr=False)
    reason: str
    unreadable: bool
    since: datetime
    """What it said was said after this: the newest final, or the socket's opening."""


Effect = StoreFinal | ShowCaption | KeepRaw


@dataclass(frozen=True, slots=True)
class Received:
    """What one message was (`final`, `intermediate`, `metadata`, `blank`, `other`, `unreadable`), and what to do, in order."""

    kind: str
    effects: tuple[Effect, ...] = ()


class SocketSession:
    """Gives every final its position in the stream, and knows the locale and subscription that are in force."""

    def __init__(self, *, stream: str, opened_at: datetime) -> None:
        """`stream` is the id that the socket got when it opened."""
        self.stream = stream
        self.position = 0
        self.heard_until = opened_at
        """When the newest final came, or the socket opened."""
        self.locale: str | None = None
        self.subscription: str | None = None
        self._settled: dict[str, int] = {}
        """By participant, the offset of the newest final: what is intermediate up to there has been overtaken."""
        self._unknown: Counter[str] = Counter()

    def receive(self, message: str | bytes, now: datetime) -> Received:
        """What to do about a message that arrived at `now` (aware). Never raises, whatever the message is."""
        try:
            packet = parse_packet(message)
        except PacketError as error:
            return Received("unreadable", (KeepRaw(_raw(message), str(error), True, self.heard_until),))
        match packet:
            case MetadataPacket():
                return Received("metadata", self._metadata(packet, now))
            case FinalPacket():
                return self._final(packet, message, now)
            case IntermediatePacket():
                return Received("intermediate", self._intermediate(packet, now))
            case OtherPacket():
                return Received("other", self._other(packet, message))

    def _metadata(self, packet: MetadataPacket, now: datetime) -> tuple[Effect, ...]:
        if packet.subscription_id and packet.subscription_id != self.subscription:
            self.subscription = packet.subscription_id
            self._settled.clear()
        locale = _written(packet.locale)
        if locale is None or locale == self.locale:
            return ()
        self.locale = locale
        return (ShowCaption(Caption(kind="locale", stream=self.stream, locale=locale, at=now)),)

    def _final(self, packet: FinalPacket, message: str | bytes, now: datetime) -> Received:
        if not packet.text.strip():
            return Received("blank")  # the recogniser heard a noise and no word: there is nothing to keep
        segment = self._segment(packet, now)
        # Only what few packets are long enough are measured: not even a text of four-byte characters grows eightfold.
        if len(message) > MOST_BYTES // 8 and len(segment.model_dump_json().encode()) > MOST_BYTES:
            reason = f"Its segment has more than {MOST_BYTES} bytes."
            return Received("unreadable", (KeepRaw(_raw(message), reason, True, self.heard_until),))
        self.position = segment.position
        self.heard_until = now
        self._settled[packet.participant] = packet.offset
        return Received("final", (StoreFinal(segment), ShowCaption(Caption.of_final(segment))))

    def _segment(self, packet: FinalPacket, now: datetime) -> Segment:
        return Segment(
            stream=self.stream,
            position=self.position + 1,
            participant=packet.participant,
            text=packet.text,
            offset=packet.offset,
            duration=packet.duration,
            words=tuple(Word(text=word.text, offset=word.offset, duration=word.duration) for word in packet.words),
            confidence=packet.confidence,
            locale=_written(packet.language) or self.locale,
            subscription=self.subscription,
            received_at=now,
        )

    def _intermediate(self, packet: IntermediatePacket, now: datetime) -> tuple[Effect, ...]:
        settled = self._settled.get(packet.participant)
        if settled is not None and settled - _RECENT <= packet.offset <= settled:
            return ()
        caption = Caption(
            kind="intermediate",
            stream=self.stream,
            participant=packet.participant,
            text=packet.text,
            locale=_written(packet.language) or self.locale,
            offset=packet.offset,
            duration=packet.duration or 0,
            subscription=self.subscription,
            at=now,
        )
        return (ShowCaption(caption),)

    def _other(self, packet: OtherPacket, message: str | bytes) -> tuple[Effect, ...]:
        if packet.kind in MEDIA_KINDS:
            return ()
        known = self._unknown if packet.kind in self._unknown or len(self._unknown) < UNKNOWN_KEPT else Counter()
        known[packet.kind] += 1
        if known is not self._unknown or known[packet.kind] > UNKNOWN_KEPT:
            return ()
        return (KeepRaw(_raw(message), f"The kind '{packet.kind}' is not known.", False, self.heard_until),)


def _raw(message: str | bytes) -> bytes:
    return message.encode("utf-8", "surrogatepass") if isinstance(message, str) else message


def _written(locale: str | None) -> str | None:
    """`locale` as Azure Speech writes it, or as it came where it is nothing that we know."""
    if not locale:
        return None
    try:
        return check_locale(locale)
    except LocaleError:
        return locale
