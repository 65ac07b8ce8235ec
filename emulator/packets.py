"""Writes the packets of the transcription socket, as captured (protocol reference 1.3 to 1.5). Pure."""

import json
import random
import struct
from dataclasses import dataclass
from typing import Any

from callscribe.acs.ticks import MAX_TICKS, from_milliseconds
from emulator.scripts import Line, Word

GRID_MS = 10
"""Offsets of one recogniser lie on a 10 ms grid."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Recogniser:
    """Where one participant's offsets count from, and whether they are of the older era.

    `base` is in ticks: less than 10 ms in era B, the inverted start of the stream in era A. `origin_ms` is the
    position in the script that counts as zero.
    """

    base: int
    origin_ms: int
    inverted: bool

    def place(self, position_ms: int) -> int:
        """The offset (ticks) of a position in the script; what began before the recogniser starts with it."""
        since = max(0, position_ms - self.origin_ms) // GRID_MS * GRID_MS
        return self.base + from_milliseconds(since)

    def length(self, offset_ms: int, duration_ms: int) -> int:
        """The duration (ticks) between two positions on the grid."""
        return self.place(offset_ms + duration_ms) - self.place(offset_ms)


def recogniser(*, seed: str, origin_ms: int, inverted: bool, now: float) -> Recogniser:
    """A recogniser whose sub-10 ms base is drawn from `seed`; `now` (Unix seconds) is the older era's base."""
    if inverted:
        return Recogniser(base=MAX_TICKS - dotnet_ticks(now), origin_ms=origin_ms, inverted=True)
    # Chance that must come out the same again, not a secret.
    base = random.Random(seed).randrange(from_milliseconds(GRID_MS))  # noqa: S311 - reproducible, guards nothing
    return Recogniser(base=base, origin_ms=origin_ms, inverted=False)


def dotnet_ticks(unix_seconds: float) -> int:
    """A wall-clock instant as .NET counts: ticks since the year 1."""
    return 621_355_968_000_000_000 + round(unix_seconds * 10_000_000)


def metadata(
    *, subscription_id: str, locale: str, call_connection_id: str, correlation_id: str, speech_model: str | None
) -> str:
    """The first packet of a socket."""
    payload: dict[str, Any] = {
        "subscriptionId": subscription_id,
        "locale": locale,
        "callConnectionId": call_connection_id,
        "correlationId": correlation_id,
    }
    if speech_model is not None:
        payload["speechRecognitionModelEndpointId"] = speech_model
    return _packet("TranscriptionMetadata", payload)


def final(line: Line, at: Recogniser, *, confidence: float) -> str:
    """The final result of a whole phrase; the older era has no durations."""
    payload: dict[str, Any] = {
        "text": line.text,
        "format": "display",
        "confidence": single(confidence),
        "offset": at.place(line.offset_ms),
    }
    if not at.inverted:
        payload["duration"] = at.length(line.offset_ms, line.duration_ms)
    payload["words"] = [_word(word, at) for word in line.words]
    payload["participantRawID"] = line.participant
    payload["resultStatus"] = "Final"
    return _packet("TranscriptionData", payload)


def intermediate(line: Line, at: Recogniser, *, words: int) -> str:
    """A partial result: the first `words` words, no confidence and no word times."""
    heard = line.words[:words]
    payload: dict[str, Any] = {
        "text": " ".join(word.text.lower() for word in heard),
        "format": "display",
        "offset": at.place(line.offset_ms),
    }
    if not at.inverted:
        end = heard[-1].offset_ms + heard[-1].duration_ms
        payload["duration"] = at.place(end) - at.place(line.offset_ms)
    payload["participantRawID"] = line.participant
    payload["resultStatus"] = "Intermediate"
    return _packet("TranscriptionData", payload)


def single(value: float) -> float:
    """`value` in single precision, widened again: up to 17 digits, as recognisers report confidence."""
    widened: float = struct.unpack("f", struct.pack("f", value))[0]
    return widened


def drawn_confidence(seed: str) -> float:
    """A likely confidence, the same for the same seed."""
    return random.Random(seed).uniform(0.82, 0.97)  # noqa: S311 - reproducible, guards nothing


def _word(word: Word, at: Recogniser) -> dict[str, Any]:
    placed: dict[str, Any] = {"text": word.text, "offset": at.place(word.offset_ms)}
    if not at.inverted:
        placed["duration"] = at.length(word.offset_ms, word.duration_ms)
    return placed


def _packet(kind: str, payload: dict[str, Any]) -> str:
    """Compact JSON; the payload's key is the kind in camelCase."""
    key = kind[0].lower() + kind[1:]
    return json.dumps({"kind": kind, key: payload}, ensure_ascii=False, separators=(",", ":"))
