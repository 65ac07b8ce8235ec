"""Poison: each shape is what it says, and none carries a word."""

import json
from typing import get_args

import pytest

from callscribe.acs.packets import FinalPacket, OtherPacket, PacketError, parse_packet
from emulator.calls.poison import poison
from emulator.faults import Poison, PoisonShape


@pytest.mark.parametrize("shape", get_args(PoisonShape))
def test_no_shape_carries_a_word(shape: PoisonShape) -> None:
    """Whoever reads it finds nothing that was said."""
    message = poison(Poison(at_ms=0, shape=shape, size=1000))
    try:
        packet = parse_packet(message)
    except PacketError:
        assert shape not in {"unknown_kind", "oversized"}
    else:
        assert not isinstance(packet, FinalPacket)
        assert isinstance(packet, OtherPacket) is (shape == "unknown_kind")


def test_oversized_has_its_size() -> None:
    """To the byte, and it is JSON."""
    message = poison(Poison(at_ms=0, shape="oversized", size=5_000_000))
    assert len(message) == 5_000_000
    assert json.loads(message)["kind"] == "TranscriptionData"


def test_binary_is_bytes() -> None:
    """The only one that goes out as a binary frame."""
    assert isinstance(poison(Poison(at_ms=0, shape="binary")), bytes)
