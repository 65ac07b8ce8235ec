"""Start, locale change, stop, and what becomes of sockets and words meanwhile."""

import pytest

from emulator.calls.machine import Plan
from emulator.calls.refusals import Refusal
from emulator.calls.requests import Operation, Setup
from emulator.config import EmulatorConfig
from tests.emulator.calls.drive import HELLO, Drive, options, setup


def started(config: EmulatorConfig | None = None, made: Setup | None = None) -> Drive:
    """A call whose transcription was started at second 1 with context s1, and is active at 2.6."""
    drive = Drive(made, config=config)
    drive.to(1)
    drive.call.start_transcription(Operation(locale="en-GB", operation_context="s1"), drive.now)
    drive.to(2.6)
    return drive


def test_start() -> None:
    """The socket is dialled with both headers, metadata comes first, then TranscriptionStarted with its context."""
    drive = started()
    assert drive.opened[0].url == "ws://x/t"
    assert dict(drive.opened[0].headers) == {
        "x-ms-call-connection-id": "call-1",
        "x-ms-call-correlation-id": "corr-1",
    }
    assert drive.packets[0]["kind"] == "TranscriptionMetadata"
    metadata = drive.packets[0]["transcriptionMetadata"]
    subscription = drive.call.transcription.properties()
    assert subscription is not None
    assert metadata["subscriptionId"] == subscription["id"]
    assert metadata["locale"] == "en-GB" == subscription["locale"]
    assert subscription["state"] == "active"
    assert drive.data("TranscriptionStarted")["operationContext"] == "s1"


def test_start_by_the_calls_options_has_no_context() -> None:
    """A call that starts transcription by itself posts TranscriptionStarted without operationContext."""
    drive = Drive(setup(transcription=options(start=True)))
    drive.to(2.6)
    assert "operationContext" not in drive.data("TranscriptionStarted")


def test_lines_are_sent_when_they_have_been_said() -> None:
    """The script begins with the transcription; each line is final at its end."""
    drive = started()
    drive.to(2.6 + 0.89)
    assert drive.texts() == []
    drive.to(2.6 + 3.0)
    assert drive.texts() == [line.text for line in HELLO.lines]
    report = drive.call.transcription
    assert (report.streams.delivered, report.undelivered, report.streams.lost) == (3, 0, 0)


def test_speed_paces_and_leaves_offsets_alone() -> None:
    """At ten times the speed everything has been said in a tenth of the time, at the same offsets."""
    slow, fast = started(), Drive(setup(transcription=options(start=True)), plan=Plan(script=HELLO, speed=10))
    fast.to(2.6 + 0.31)
    slow.to(2.6 + 3.1)
    assert [final.offset for final in fast.call.transcription.streams.sent] == [
        final.offset for final in slow.call.transcription.streams.sent
    ]


def test_offsets_lie_on_the_grid_of_their_recogniser() -> None:
    """All offsets of a participant share one remainder below 10 ms; durations are multiples of 10 ms."""
    drive = started()
    drive.to(10)
    finals = drive.call.transcription.streams.sent
    for participant in HELLO.participants:
        remainders = {final.offset % 100_000 for final in finals if final.participant == participant}
        assert len(remainders) == 1
    assert all(final.duration % 100_000 == 0 for final in finals)
    assert [final.offset // 10_000 // 10 * 10 for final in finals] == [100, 1050, 2100]


def test_intermediates_grow() -> None:
    """Intermediates share the final's offset, are lower case, and carry no words and no confidence."""
    drive = started(made=setup(transcription=options(intermediates=True)))
    drive.to(10)
    data = [packet["transcriptionData"] for packet in drive.packets if packet["kind"] == "TranscriptionData"]
    first = [one for one in data if one["offset"] == data[0]["offset"]]
    assert [one["resultStatus"] for one in first] == ["Intermediate"] * (len(first) - 1) + ["Final"]
    for one in first[:-1]:
        assert "words" not in one
        assert "confidence" not in one
        assert first[-1]["text"].lower().replace(",", "").startswith(one["text"])
    assert drive.call.transcription.properties() == {
        "id": "00000000-0000-0000-0000-000000000000",
        "state": "active",
        "subscribedResultTypes": ["final", "intermediate"],
        "locale": "en-GB",
    }


def test_update_echoes_the_starts_context() -> None:
    """TranscriptionUpdated carries the start's context; new metadata names the new locale on the same socket."""
    drive = started()
    drive.call.update_transcription(Operation(locale="de-DE", operation_context="u1"), drive.now)
    drive.to(3.0)
    assert drive.data("TranscriptionUpdated")["operationContext"] == "s1"
    assert drive.packets[-1]["transcriptionMetadata"]["locale"] == "de-DE"
    assert len(drive.opened) == 1


def test_update_without_new_metadata() -> None:
    """The second metadata packet can be switched off."""
    drive = started(EmulatorConfig(metadata_on_update=False))
    drive.call.update_transcription(Operation(locale="de-DE"), drive.now)
    drive.to(3.0)
    assert [packet["kind"] for packet in drive.packets] == ["TranscriptionMetadata"]


def test_stop_and_start_again() -> None:
    """Stop closes the socket; what is said meanwhile is not delivered; a second start has a new socket and subscription."""
    drive = started()
    drive.to(3.6)
    drive.call.stop_transcription(Operation(operation_context="p1"), drive.now)
    drive.to(3.9)
    assert drive.events[-1] == "TranscriptionStopped"
    assert drive.data("TranscriptionStopped")["operationContext"] == "p1"
    assert [close.code for close in drive.closed] == [1000]
    drive.to(3.95)
    drive.call.start_transcription(Operation(locale="de-DE", operation_context="s2"), drive.now)
    drive.to(10)
    assert drive.texts() == ["Hello, this is Ana.", "It's working, goodbye!"]
    assert drive.call.transcription.undelivered == 1
    first, last = drive.call.transcription.streams.sent
    assert (first.stream, last.stream) == (1, 2)
    assert first.subscription != last.subscription
    assert last.offset < 100_000, "the line had begun before the second start, so it begins with it"


def test_stop_that_leaves_the_socket_open() -> None:
    """With `stop_closes_socket` off a second start uses the socket that is there."""
    drive = started(EmulatorConfig(stop_closes_socket=False))
    drive.call.stop_transcription(Operation(), drive.now)
    drive.to(3.0)
    drive.call.start_transcription(Operation(), drive.now)
    drive.to(10)
    assert len(drive.opened) == 1
    assert drive.closed == []
    assert drive.events.count("TranscriptionStarted") == 2


def test_stop_while_starting() -> None:
    """Stop before the socket is open is done as soon as it is."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(), drive.now)
    drive.call.stop_transcription(Operation(), drive.now)
    with pytest.raises(Refusal):
        drive.call.start_transcription(Operation(), drive.now)
    drive.to(5)
    assert drive.events[-2:] == ["TranscriptionStarted", "TranscriptionStopped"]


def test_update_while_starting() -> None:
    """A locale change before the socket is open takes effect afterwards."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(), drive.now)
    drive.call.update_transcription(Operation(locale="de-DE"), drive.now)
    drive.to(5)
    assert drive.events[-2:] == ["TranscriptionStarted", "TranscriptionUpdated"]
    assert drive.call.transcription.locale == "de-DE"


@pytest.mark.parametrize(
    ("made", "action", "operation", "status", "code"),
    [
        (setup(transcription=options(url=None)), "start", Operation(locale="en-US"), 405, "8522"),
        (setup(cognitive=None), "start", Operation(locale="en-US"), 405, "8522"),
        (setup(kind="connect"), "update", Operation(locale="de-DE"), 405, "8520"),
        (setup(), "update", Operation(), 400, "8523"),
        (setup(), "update", Operation(locale="de-DE"), 400, "8585"),
        (setup(), "stop", Operation(), 400, "8585"),
    ],
)
def test_refusals(made: Setup, action: str, operation: Operation, status: int, code: str) -> None:
    """Each refusal has its documented status and code."""
    drive = Drive(made)
    drive.to(1)
    actions = {
        "start": drive.call.start_transcription,
        "update": drive.call.update_transcription,
        "stop": drive.call.stop_transcription,
    }
    with pytest.raises(Refusal) as refused:
        actions[action](operation, drive.now)
    assert (refused.value.status, refused.value.code) == (status, code)


def test_second_start() -> None:
    """A start while starting has no second effect; while active it is refused, or accepted by switch."""
    drive = started()
    with pytest.raises(Refusal) as refused:
        drive.call.start_transcription(Operation(), drive.now)
    assert (refused.value.status, refused.value.code) == (400, "8585")
    drive = started(EmulatorConfig(second_start="accept"))
    drive.call.start_transcription(Operation(), drive.now)
    drive.to(10)
    assert drive.events.count("TranscriptionStarted") == 1
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(), drive.now)
    drive.call.start_transcription(Operation(), drive.now)
    drive.to(10)
    assert drive.events.count("TranscriptionStarted") == 1


@pytest.mark.parametrize(("invalid_url", "code", "sub_code"), [(True, 400, 8581), (False, 500, 8578)])
def test_first_socket_fails(invalid_url: bool, code: int, sub_code: int) -> None:
    """A socket that cannot be opened fails the start; it can be started again."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(operation_context="s1"), drive.now)
    drive.call.advance(drive.now + 1.6)
    drive.call.take_effects()
    drive.call.socket_failed(1, drive.now, invalid_url=invalid_url)
    drive.settle()
    data = drive.data("TranscriptionFailed")
    assert (data["resultInformation"]["code"], data["resultInformation"]["subCode"]) == (code, sub_code)
    assert data["transcriptionUpdate"]["transcriptionStatusDetails"] == "streamConnectionUnsuccessful"
    assert data["operationContext"] == "s1"
    drive.call.start_transcription(Operation(), drive.now)
    drive.to(9)
    assert drive.events[-1] == "TranscriptionStarted"


def test_options_that_cannot_start_fail_by_event() -> None:
    """`startTranscription` without a cognitive services endpoint has no request to refuse: an event says it."""
    drive = Drive(setup(transcription=options(start=True), cognitive=None))
    drive.to(5)
    result = drive.data("TranscriptionFailed")["resultInformation"]
    assert (result["code"], result["subCode"]) == (405, 8522)


def test_dropped_socket_is_dialled_again() -> None:
    """Words that fall due without a socket are lost and counted; metadata and TranscriptionResumed come when it is back."""
    drive = started()
    drive.to(3.5)
    drive.reachable = False
    drive.call.socket_dropped(1, drive.now)
    drive.to(4.6)
    drive.reachable = True
    drive.to(10)
    assert drive.texts() == ["Hello, this is Ana.", "It's working, goodbye!"]
    assert drive.call.transcription.streams.lost == 1
    assert drive.data("TranscriptionResumed")["transcriptionUpdate"] == {
        "transcriptionStatus": "transcriptionResumed",
        "transcriptionStatusDetails": "streamConnectionReestablished",
    }
    kinds = [packet["kind"] for packet in drive.packets]
    assert kinds == [
        "TranscriptionMetadata",
        "TranscriptionData",
        "TranscriptionMetadata",
        "TranscriptionData",
    ]
    ids = {packet["transcriptionMetadata"]["subscriptionId"] for packet in drive.packets[::2]}
    assert len(ids) == 1


def test_dropped_socket_is_given_up() -> None:
    """After the last try TranscriptionFailed says so, and the subscription is inactive."""
    drive = started(EmulatorConfig(reconnect_tries=3, reconnect_pause=0.5))
    drive.reachable = False
    drive.call.socket_dropped(1, drive.now)
    drive.to(4.05)
    assert "TranscriptionFailed" not in drive.events
    drive.to(4.15)
    data = drive.data("TranscriptionFailed")
    assert data["transcriptionUpdate"]["transcriptionStatusDetails"] == "streamConnectionUnsuccessful"
    assert data["resultInformation"]["subCode"] == 8578
    assert drive.call.transcription.phase == "inactive"


def test_call_ends_while_transcribing() -> None:
    """The socket is closed; TranscriptionStopped comes only if the switch asks for it."""
    for switch, expected in ((False, ["CallDisconnected"]), (True, ["TranscriptionStopped", "CallDisconnected"])):
        drive = started(EmulatorConfig(stopped_on_hangup=switch, close_code=1001))
        before = len(drive.events)
        drive.call.remote_hang_up(drive.now)
        drive.to(10)
        assert drive.events[before:] == expected
        assert [close.code for close in drive.closed] == [1001]


def test_speech_from_the_connection_on() -> None:
    """People may speak before anybody transcribes: those words are not delivered, and counted."""
    drive = Drive(plan=Plan(script=HELLO, speech_starts="connected"))
    drive.to(2.0)
    drive.call.start_transcription(Operation(), drive.now)
    drive.to(10)
    assert drive.texts() == ["It's working, goodbye!"]
    assert drive.call.transcription.undelivered == 2
    offset = drive.call.transcription.streams.sent[0].offset
    assert offset < 100_000, "offsets count from the start of transcription"


def test_offsets_of_the_older_era() -> None:
    """Era A counts from an inverted wall-clock instant and has no durations."""
    drive = started(EmulatorConfig(offset_era="A"))
    drive.to(10)
    data = drive.packets[1]["transcriptionData"]
    assert data["offset"] > 10**15
    assert "duration" not in data
    assert "duration" not in data["words"][0]


def test_events_of_an_operation_go_to_its_own_address() -> None:
    """`operationCallbackUri` is where that operation's event goes."""
    drive = Drive()
    drive.to(1)
    drive.call.start_transcription(Operation(callback_uri="http://x/start"), drive.now)
    drive.to(3)
    drive.call.update_transcription(Operation(locale="de-DE", callback_uri="http://x/update"), drive.now)
    drive.to(4)
    drive.call.stop_transcription(Operation(callback_uri="http://x/stop"), drive.now)
    drive.to(5)
    urls = [post.url for post in drive.posts if "Transcription" in post.event["type"]]
    assert urls == ["http://x/start", "http://x/update", "http://x/stop"]


def test_seed_draws_the_same_again() -> None:
    """Two emulators with one seed send the same bases and confidences; another seed sends others."""

    def drawn(seed: int) -> list[object]:
        drive = started(EmulatorConfig(seed=seed))
        drive.to(10)
        return [packet.get("transcriptionData") for packet in drive.packets[1:]]

    assert drawn(1) == drawn(1)
    assert drawn(1) != drawn(2)
