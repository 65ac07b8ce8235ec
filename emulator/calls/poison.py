"""Packets that carry no word and cannot be used, one for each way in which a reader may stumble. Pure."""

from collections.abc import Callable

from emulator.faults import Poison, PoisonShape

_HEAD = '{"kind":"TranscriptionData","transcriptionData":{"text":"'
_TAIL = '","format":"display","offset":100000,"participantRawID":"4:+12025550199","resultStatus":"Intermediate"}}'
_SHAPES: dict[PoisonShape, Callable[[int], str | bytes]] = {
    "not_json": lambda _size: "this is not JSON",
    "truncated": lambda _size: _HEAD + "cut in mid-",
    "no_payload": lambda _size: '{"kind":"TranscriptionData"}',
    "wrong_types": lambda _size: (
        '{"kind":"TranscriptionData","transcriptionData":{"text":7,"offset":"soon","resultStatus":[]}}'
    ),
    "unknown_kind": lambda _size: '{"kind":"TranscriptionWeather","transcriptionWeather":{"outlook":"fair"}}',
    "deep": lambda _size: "[" * 100_000,
    "binary": lambda _size: b"\xff\xfe\x00\x01",
    "oversized": lambda size: _HEAD + "x" * max(0, size - len(_HEAD) - len(_TAIL)) + _TAIL,
}


def poison(fault: Poison) -> str | bytes:
    """The message; `bytes` go out as a binary frame."""
    return _SHAPES[fault.shape](fault.size)
