"""The emulator's testimony: what became of every final, when sockets lived, when transcription was active."""

import pytest

from emulator.calls.record import Record
from emulator.calls.requests import Operation
from tests.emulator.calls.drive import HELLO, START, Drive


def test_every_final_with_its_fate_and_every_socket_with_its_life() -> None:
    """A dropped socket shows as a life that the receiver ended, and what was said meanwhile as lost."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(locale="en-GB"), drive.now)
    drive.to(3.5)
    drive.reachable = False
    drive.call.socket_dropped(1, drive.now)
    drive.to(4.6)
    drive.reachable = True
    drive.to(10)
    drive.call.remote_hang_up(drive.now)
    record = drive.call.transcription.streams.record
    assert [final.text for final in record.finals] == [line.text for line in HELLO.lines]
    assert [final.fate for final in record.finals] == ["sent", "lost", "sent"]
    assert [final.stream for final in record.finals] == [1, 0, record.sockets[-1].stream]
    assert all(final.offset is not None for final in record.finals if final.fate == "sent")
    assert [(life.ended_by, life.ended_at) for life in record.sockets] == [
        ("receiver", START + 3.5),
        ("emulator", START + 10),
    ]
    assert [(time.start, time.end) for time in record.active] == [(START + 2.6, START + 10)]


def test_a_packet_that_did_not_go_out_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    """The record is corrected when the shell could not send."""
    drive = Drive()
    monkeypatch.setattr(drive.call, "packet_sent", drive.call.packet_lost)
    drive.to(1)
    drive.call.start_transcription(Operation(locale="en-GB"), drive.now)
    drive.to(10)
    assert {final.fate for final in drive.call.transcription.streams.record.finals} == {"lost"}
    assert drive.call.transcription.streams.lost == len(HELLO.lines)


def test_the_first_word_on_an_end_stands() -> None:
    """A socket that died is not closed by us afterwards, and transcription ends once."""
    record = Record()
    record.activated(1.0)
    record.activated(2.0)
    record.socket_opened(1, 2.0)
    record.socket_ended(1, 3.0, "receiver")
    record.socket_ended(1, 4.0, "emulator")
    record.deactivated(5.0)
    record.deactivated(6.0)
    record.activated(7.0)
    assert (record.sockets[0].ended_at, record.sockets[0].ended_by) == (3.0, "receiver")
    assert [(time.start, time.end) for time in record.active] == [(1.0, 5.0), (7.0, None)]
