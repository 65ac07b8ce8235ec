"""What goes wrong on a call, each fault at its moment, through time without waiting."""

import json
from typing import Any

import pytest

from emulator.calls.effects import CloseSocket
from emulator.calls.machine import Plan
from emulator.calls.requests import Operation
from emulator.config import EmulatorConfig
from emulator.fault_policy import FaultPolicy
from emulator.faults import (
    CallFault,
    Cease,
    Drop,
    Fail,
    Faults,
    Late,
    NoSocket,
    OffsetRestart,
    Overlap,
    Poison,
    Stall,
)
from tests.emulator.calls.drive import HELLO, START, Drive, options, setup

BEGUN = 2.6
"""Seconds after dialling at which transcription is active and the script begins."""
TEXTS = [line.text for line in HELLO.lines]
ENDS = [line.end_ms / 1000 for line in HELLO.lines]


def faulty(*faults: CallFault, config: EmulatorConfig | None = None, **others: Any) -> Drive:
    """A call that starts transcription by itself, and its faults."""
    policy = FaultPolicy(Faults(calls=faults, **others))
    return Drive(setup(transcription=options(start=True)), plan=Plan(script=HELLO, policy=policy), config=config)


def between(first: int) -> int:
    """A moment of the script between the ends of two lines."""
    return round((ENDS[first] + ENDS[first + 1]) * 500)


def finals(drive: Drive) -> list[tuple[str, int, bool]]:
    """Text, socket and replay of every final result that was handed to a socket."""
    return [(final.text, final.stream, final.replay) for final in drive.call.transcription.streams.sent]


def test_drop_and_return_without_replay() -> None:
    """The connection breaks, a new socket comes after the pause with metadata and TranscriptionResumed."""
    drive = faulty(Drop(at_ms=between(0), pause=0.1))
    drive.to(10)
    assert [(drop.stream, drop.how) for drop in drive.dropped] == [(1, "abort")]
    assert finals(drive) == [(TEXTS[0], 1, False), (TEXTS[1], 2, False), (TEXTS[2], 2, False)]
    assert "TranscriptionResumed" in drive.events
    subscriptions = {
        p["transcriptionMetadata"]["subscriptionId"] for p in drive.packets if "transcriptionMetadata" in p
    }
    assert len(subscriptions) == 1
    assert drive.call.faults == {"drop": 1}
    lives = drive.call.transcription.streams.record.sockets
    assert [life.ended_by for life in lives] == ["emulator", None]


def test_words_of_the_pause_are_lost() -> None:
    """What falls due while no socket is open is lost, and the record says so."""
    drive = faulty(Drop(at_ms=between(0), pause=ENDS[1] - ENDS[0]))
    drive.to(10)
    assert [final.fate for final in drive.call.transcription.streams.record.finals] == ["sent", "lost", "sent"]


@pytest.mark.parametrize("new", [False, True])
def test_return_with_replay(new: bool) -> None:
    """The last results come again, as replays, under the old subscription or a new one, quietly if so asked."""
    fault = Drop(at_ms=between(1), pause=0.1, replay=2, subscription="new" if new else "same", resumed=False)
    drive = faulty(fault)
    drive.to(10)
    assert finals(drive) == [
        (TEXTS[0], 1, False),
        (TEXTS[1], 1, False),
        (TEXTS[0], 2, True),
        (TEXTS[1], 2, True),
        (TEXTS[2], 2, False),
    ]
    streams = drive.call.transcription.streams
    assert (streams.delivered, streams.lost) == (3, 0)
    assert len({final.subscription for final in streams.sent}) == (2 if new else 1)
    assert "TranscriptionResumed" not in drive.events
    assert [said.replays for said in streams.record.finals] == [1, 1, 0]


def test_drop_by_close_and_give_up() -> None:
    """A close code of the fault's choice; TranscriptionFailed, and the rest is undelivered."""
    drive = faulty(Drop(at_ms=between(0), how="close", code=1012, then="give_up"))
    drive.to(10)
    assert drive.closed == [CloseSocket(stream=1, code=1012)]
    assert drive.data("TranscriptionFailed")["resultInformation"]["subCode"] == 8578
    assert drive.call.transcription.undelivered == 2


def test_drop_into_silence() -> None:
    """Neither socket nor event comes, and ACS goes on saying that it is active."""
    drive = faulty(Drop(at_ms=between(0), then="silence"))
    drive.to(60)
    assert len(drive.opened) == 1
    assert drive.events[-1] == "TranscriptionStarted"
    assert drive.call.transcription.phase == "active"
    assert drive.call.transcription.streams.lost == 2


@pytest.mark.parametrize(("told", "code"), [("updated", 200), ("failed", 500)])
def test_drop_that_is_told_at_once(told: str, code: int) -> None:
    """By details that no event is named after; transcription goes on, and the socket comes back."""
    drive = faulty(Drop.model_validate({"at_ms": between(0), "pause": 0.1, "told": told}))
    drive.to(10)
    kind = f"Transcription{told.title()}"
    assert drive.events[-2:] == [kind, "TranscriptionResumed"]
    data = drive.data(kind)
    assert data["transcriptionUpdate"]["transcriptionStatusDetails"] == "streamConnectionInterrupted"
    assert data["resultInformation"]["code"] == code
    assert [stream for _, stream, _ in finals(drive)] == [1, 2, 2]


def test_half_open() -> None:
    """The socket is abandoned, not broken and not closed; words go to a new one."""
    drive = faulty(Drop(at_ms=between(0), how="half_open", pause=0))
    drive.to(10)
    drive.call.remote_hang_up(drive.now)
    drive.settle()
    assert [(drop.stream, drop.how) for drop in drive.dropped] == [(1, "half_open")]
    assert [close.stream for close in drive.closed] == [2]
    assert [stream for _, stream, _ in finals(drive)] == [1, 2, 2]


@pytest.mark.parametrize("sends", ["new", "both"])
def test_overlap(sends: str) -> None:
    """Two sockets at once, no event; a copy on the second one is a replay."""
    lasts = (ENDS[2] - ENDS[0]) / 2
    drive = faulty(Overlap.model_validate({"at_ms": between(0), "lasts": lasts, "sends": sends, "replay": 1}))
    drive.to(10)
    both = sends == "both"
    assert finals(drive) == [
        (TEXTS[0], 1, False),
        (TEXTS[0], 2, True),
        *([(TEXTS[1], 1, False), (TEXTS[1], 2, True)] if both else [(TEXTS[1], 2, False)]),
        (TEXTS[2], 2, False),
    ]
    assert "TranscriptionResumed" not in drive.events
    assert [close.stream for close in drive.closed] == [1]
    first, second = drive.call.transcription.streams.record.sockets
    assert first.ended_at is not None
    assert first.opened_at < second.opened_at < first.ended_at


def test_second_socket_that_does_not_open() -> None:
    """The first one goes on."""
    drive = faulty(Overlap(at_ms=between(0)))
    drive.to(BEGUN + ENDS[0])
    drive.reachable = False
    drive.to(10)
    assert [stream for _, stream, _ in finals(drive)] == [1, 1, 1]


def test_stall() -> None:
    """Nothing for its time, then everything at once and in order; a hang-up lets out what is held back."""
    drive = faulty(Stall(at_ms=0, lasts=9))
    drive.to(BEGUN + 8.9)
    assert drive.texts() == []
    drive.to(BEGUN + 9.1)
    assert drive.texts() == TEXTS
    cut = faulty(Stall(at_ms=0, lasts=90))
    cut.to(10)
    cut.call.remote_hang_up(cut.now)
    cut.settle()
    assert cut.texts() == TEXTS
    assert len(cut.closed) == 1


def test_offset_restart() -> None:
    """Offsets count from the moment on, on the same socket and subscription."""
    drive = faulty(OffsetRestart(at_ms=between(1)))
    drive.to(10)
    first, second, third = drive.call.transcription.streams.sent
    assert third.offset < second.offset
    assert first.subscription == third.subscription
    assert first.stream == third.stream == 1


def test_poison(monkeypatch: pytest.MonkeyPatch) -> None:
    """One packet more, that counts for no word."""
    drive = faulty(Poison(at_ms=between(0), shape="unknown_kind"))
    drive.to(10)
    assert "TranscriptionWeather" in [packet["kind"] for packet in drive.packets]
    assert drive.texts() == TEXTS


def test_failure_at_the_start_and_success_at_the_next() -> None:
    """TranscriptionFailed with any code in the place of TranscriptionStarted, as often as asked."""
    fault = Fail(code=429, sub_code=8565, details="tooManyRequests", message="Too many.", times=1)
    drive = faulty(fault)
    drive.to(BEGUN)
    data = drive.data("TranscriptionFailed")
    assert data["resultInformation"] == {"code": 429, "subCode": 8565, "message": "Too many."}
    assert data["transcriptionUpdate"]["transcriptionStatusDetails"] == "tooManyRequests"
    assert "TranscriptionStarted" not in drive.events
    assert drive.opened == []
    drive.call.start_transcription(Operation(locale="en-GB"), drive.now)
    drive.to(10)
    assert drive.events[-1] == "TranscriptionStarted"
    assert drive.texts() == TEXTS


def test_failure_in_mid_call() -> None:
    """The socket closes, transcription is off."""
    drive = faulty(Fail(at_ms=between(0), code=500, sub_code=8580, details="serviceShutdown"))
    drive.to(10)
    assert drive.data("TranscriptionFailed")["resultInformation"]["subCode"] == 8580
    assert drive.call.transcription.phase == "inactive"
    assert len(drive.closed) == 1
    assert drive.call.transcription.undelivered == 2


@pytest.mark.parametrize(
    ("fault", "event"),
    [
        (Fail(at_ms=between(0), untrue=True), "TranscriptionFailed"),
        (Cease(at_ms=between(0), untrue=True), "TranscriptionStopped"),
    ],
)
def test_an_end_that_is_untrue(fault: CallFault, event: str) -> None:
    """Only the event comes."""
    drive = faulty(fault)
    drive.to(10)
    assert event in drive.events
    assert drive.texts() == TEXTS


def test_stop_that_nobody_asked_for() -> None:
    """The socket closes, transcription is off, and the event gives a reason."""
    drive = faulty(Cease(at_ms=between(0)))
    drive.to(10)
    assert drive.data("TranscriptionStopped")["transcriptionUpdate"]["transcriptionStatusDetails"] == "serviceShutdown"
    assert drive.call.transcription.phase == "inactive"
    assert len(drive.closed) == 1
    assert drive.call.transcription.undelivered == 2


def test_no_socket() -> None:
    """TranscriptionStarted, people speak, and no socket is ever dialled."""
    drive = faulty(NoSocket())
    drive.to(60)
    assert "TranscriptionStarted" in drive.events
    assert drive.opened == []
    assert drive.call.transcription.streams.lost == 3
    properties = drive.call.transcription.properties()
    assert properties is not None
    assert properties["state"] == "active"


@pytest.mark.parametrize("socket", ["same", "new"])
def test_late_finals(socket: str) -> None:
    """They come after CallDisconnected: what was withheld, and the sentence that was cut short."""
    fault = Late.model_validate({"at_ms": between(0), "after": 2, "socket": socket})
    drive = faulty(fault)
    third = HELLO.lines[2]
    drive.to(BEGUN + (third.offset_ms + third.end_ms) / 2000)
    assert drive.texts() == TEXTS[:1]
    drive.call.remote_hang_up(drive.now)
    drive.settle()
    assert (drive.call.is_over, drive.call.is_done) == (True, False)
    assert len(drive.closed) == (0 if socket == "same" else 1)
    drive.to(drive.now - START + 1.9)
    assert drive.texts() == TEXTS[:1]
    drive.to(drive.now - START + 0.2)
    first, second, cut = drive.texts()
    assert (first, second) == (TEXTS[0], TEXTS[1])
    assert TEXTS[2].startswith(cut)
    assert cut != TEXTS[2]
    assert {stream for _, stream, _ in finals(drive)} == ({1} if socket == "same" else {1, 2})
    assert drive.call.is_done
    assert drive.events[-1] == "CallDisconnected"


def test_late_finals_that_find_no_socket_are_lost() -> None:
    """The record says so, and the call is done all the same."""
    drive = faulty(Late(at_ms=0, after=1, socket="new"))
    drive.to(10)
    drive.reachable = False
    drive.call.remote_hang_up(drive.now)
    drive.to(20)
    assert {said.fate for said in drive.call.transcription.streams.record.finals} == {"lost"}
    assert drive.call.is_done


def test_nothing_late_where_nothing_was_being_said() -> None:
    """The call ends as any other."""
    drive = faulty(Late())
    drive.to(10)
    drive.call.remote_hang_up(drive.now)
    drive.settle()
    assert drive.call.is_done
    assert drive.call.faults == {}


def test_older_era() -> None:
    """The faults' era of offsets goes before the emulator's."""
    drive = faulty(offset_era="A")
    drive.to(10)
    assert all(final.offset > 10**15 for final in drive.call.transcription.streams.sent)


def test_chance_is_the_seeds() -> None:
    """The same seed spoils the same results."""

    def spoiled(seed: int) -> list[bool]:
        drive = faulty(Poison(chance=0.5, times=99, shape="unknown_kind"), seed=seed)
        drive.to(10)
        return ["transcriptionWeather" in packet for packet in drive.packets]

    runs = [spoiled(seed) for seed in range(12)]
    assert runs == [spoiled(seed) for seed in range(12)]
    assert len({json.dumps(run) for run in runs}) > 1


def test_a_fault_that_finds_nothing_to_spoil() -> None:
    """Two drops at once are one."""
    drive = faulty(Drop(at_ms=between(0)), Drop(at_ms=between(0)))
    drive.to(10)
    assert drive.call.faults == {"drop": 1}
