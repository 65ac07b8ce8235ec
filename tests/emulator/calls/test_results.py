"""Results: one recogniser a participant, new ones after a restart."""

import json
from typing import Any

from emulator.calls.results import ResultWriter
from emulator.player import Spoken
from tests.emulator.calls.drive import HELLO, START, Drive


def written(writer: ResultWriter, line: int) -> dict[str, Any]:
    """The data of a line's final packet."""
    packet = writer.packet(Spoken(HELLO.lines[line], None), 0, START, locale="en-US", subscription="s")
    assert packet.final is not None
    assert packet.said is not None
    assert (packet.said.text, packet.said.offset, packet.said.fate) == (packet.final.text, packet.final.offset, "sent")
    data: dict[str, Any] = json.loads(packet.text)["transcriptionData"]
    assert (packet.final.text, packet.final.offset, packet.final.duration) == (
        data["text"],
        data["offset"],
        data["duration"],
    )
    return data


def test_one_base_a_participant_until_a_restart() -> None:
    """The remainder below 10 ms tells recognisers apart; a restart counts from where the script stands."""
    writer = ResultWriter(Drive().call._context)
    bases = [written(writer, line)["offset"] % 100_000 for line in range(3)]
    assert bases[0] == bases[2] != bases[1]
    writer.restart(2000)
    again = written(writer, 2)
    assert again["offset"] % 100_000 != bases[2]
    assert again["offset"] // 100_000 == 10


def test_confidence() -> None:
    """The script's own, or drawn: the same for the same line."""
    writer = ResultWriter(Drive().call._context)
    assert abs(written(writer, 2)["confidence"] - 0.93) < 1e-6
    assert written(writer, 0)["confidence"] == written(writer, 0)["confidence"] != written(writer, 1)["confidence"]
