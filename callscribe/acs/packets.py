"""Packets: what ACS writes on the transcription socket, one JSON text each (protocol reference 1.1 to 1.7, rules 7.1).

The reader is tolerant, because the schema has drifted before and will again. One sentence holds for any input at all:
parsing returns a packet or raises `PacketError`, never anything else.
"""

from dataclasses import dataclass
from typing import Final

from callscribe.acs.foreign_json import Fields, ForeignJsonError, loads, storable
from callscribe.acs.identifiers import MOST_BYTES, is_storable_id

_KINDS: Final = {
    "transcriptionmetadata": "TranscriptionMetadata",
    "transcriptiondata": "TranscriptionData",
}
_FINAL: Final = frozenset({"final", "recognized"})
_INTERMEDIATE: Final = frozenset({"intermediate", "recognizing"})
MEDIA_KINDS: Final = frozenset({"AudioMetadata", "AudioData", "DtmfData", "DtmfMetadata", "StopAudio", "Mark"})
"""Kinds that are known and carry no words: media streaming may share the socket."""
_CANONICAL: Final = {kind.lower(): kind for kind in MEDIA_KINDS}


class PacketError(ValueError):
    """A packet that cannot be read; the message says why, and never quotes what was said."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PacketWord:
    """One recognised word; `offset` and `duration` in ticks. Captures before mid-2024 have no duration."""

    text: str
    offset: int
    duration: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class MetadataPacket:
    """The first packet after transcription starts; may be repeated. Every field is optional to the reader."""

    subscription_id: str | None = None
    locale: str | None = None
    """As ACS wrote it: `en-us` and `en-US` are both seen."""
    call_connection_id: str | None = None
    correlation_id: str | None = None
    speech_model_id: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class FinalPacket:
    """A final recognition result. Offsets and durations are ticks of 100 ns, exact above 2^53."""

    text: str
    offset: int
    participant: str = ""
    """Raw id; empty where ACS sent none."""
    duration: int | None = None
    words: tuple[PacketWord, ...] = ()
    """Empty where ACS sent none (with redaction of personal data, for instance)."""
    confidence: float | None = None
    language: str | None = None
    """The language that ACS identified, where identification is on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IntermediatePacket:
    """A result that may still change. Without words and confidence, in lower case."""

    text: str
    offset: int
    participant: str = ""
    duration: int | None = None
    language: str | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class OtherPacket:
    """A packet of a kind that carries no transcript: media streaming, or a kind that is not known yet."""

    kind: str


Packet = MetadataPacket | FinalPacket | IntermediatePacket | OtherPacket


def parse_packet(text: str | bytes) -> Packet:
    """The packet in one websocket message, text or binary. Raises `PacketError` and nothing else.

    Told apart by `kind` without case, or by the payload's key where there is no kind. A payload key in any case, both
    spellings of ids and of the status, and null for absence are accepted; only `text`, `offset` and the status of
    TranscriptionData are required.
    """
    try:
        body = loads(text)
    except ForeignJsonError as error:
        raise PacketError(f"The packet cannot be read: {error}.") from error
    if not isinstance(body, dict):
        raise PacketError(f"The packet is a JSON {type(body).__name__}, not an object.")
    envelope = Fields(body)
    kind = _kind(envelope)
    if kind not in _KINDS.values():
        return OtherPacket(kind=kind)
    payload = envelope.any(kind)
    if not isinstance(payload, dict):
        raise PacketError(f"The {kind} packet has no payload under '{kind[0].lower()}{kind[1:]}'.")
    return _metadata(Fields(payload)) if kind == "TranscriptionMetadata" else _data(Fields(payload))


def _kind(envelope: Fields) -> str:
    named = envelope.text("kind")
    if named is not None:
        folded = named.strip().lower()
        return _KINDS.get(folded) or _CANONICAL.get(folded) or named.strip()[:100]
    for folded, kind in (_KINDS | _CANONICAL).items():
        if folded in envelope:
            return kind
    raise PacketError("The packet has neither a kind nor a payload that is known.")


def _metadata(payload: Fields) -> MetadataPacket:
    return MetadataPacket(
        subscription_id=_short(payload.text("subscriptionId", "transcriptionSubscriptionId")),
        locale=_short(payload.text("locale")),
        call_connection_id=payload.text("callConnectionId"),
        correlation_id=payload.text("correlationId"),
        speech_model_id=payload.text("speechModelEndpointId", "speechRecognitionModelEndpointId"),
    )


def _data(payload: Fields) -> FinalPacket | IntermediatePacket:
    text, offset, status = payload.text("text"), payload.integer("offset"), payload.text("resultStatus", "resultState")
    if text is None:
        raise PacketError("The TranscriptionData packet has no text.")
    if offset is None:
        raise PacketError("The TranscriptionData packet has no offset that is a 64-bit integer.")
    participant = payload.text("participantRawID") or ""
    if not is_storable_id(participant):
        raise PacketError(f"The TranscriptionData packet has a participantRawID of more than {MOST_BYTES} bytes.")
    duration, language = payload.integer("duration"), _short(payload.text("languageIdentified"))
    folded = (status or "").strip().lower()
    if folded in _INTERMEDIATE:
        return IntermediatePacket(
            text=text, offset=offset, participant=participant, duration=duration, language=language
        )
    if folded not in _FINAL:
        raise PacketError("The TranscriptionData packet is neither final nor intermediate.")
    return FinalPacket(
        text=text,
        offset=offset,
        participant=participant,
        duration=duration,
        words=_words(payload),
        confidence=payload.number("confidence"),
        language=language,
    )


def _short(text: str | None) -> str | None:
    """A locale or a subscription that is as long as a book is none."""
    return text if text is not None and is_storable_id(text) else None


def _words(payload: Fields) -> tuple[PacketWord, ...]:
    """The words that can be read: a broken one costs itself, never the phrase."""
    words = []
    for item in payload.items("words"):
        word = Fields(item)
        text, offset = word.any("text"), word.integer("offset")
        if isinstance(text, str) and offset is not None:
            words.append(PacketWord(text=storable(text), offset=offset, duration=word.integer("duration")))
    return tuple(words)
