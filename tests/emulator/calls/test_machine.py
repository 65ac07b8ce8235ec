"""A call's life: connecting, being rejected, ending, whoever ends it."""

import pytest

from emulator.calls.machine import Outcome, Plan
from emulator.calls.refusals import Refusal
from emulator.calls.requests import Operation
from emulator.config import EmulatorConfig
from emulator.scripts import silence
from tests.emulator.calls.drive import HELLO, START, Drive, options, setup


def test_connects_after_its_delay() -> None:
    """CallConnected comes first, then ParticipantsUpdated with sequence number 1."""
    drive = Drive()
    assert drive.call.properties("8:acs:a_b")["callConnectionState"] == "connecting"
    drive.to(0.99)
    assert drive.events == []
    drive.to(1.0)
    assert drive.events == ["CallConnected", "ParticipantsUpdated"]
    assert drive.call.state == "connected"
    assert drive.data("CallConnected")["operationContext"] == "dial"
    assert drive.data("ParticipantsUpdated")["sequenceNumber"] == 1
    raw_ids = [one["identifier"]["rawId"] for one in drive.data("ParticipantsUpdated")["participants"]]
    assert raw_ids == ["4:+12025550147", "4:+12025550162"]


def test_haste_shortens_the_calls_delays_only() -> None:
    """Ten times the haste connects in a tenth of the time, and speaks no faster."""
    drive = Drive(setup(transcription=options(start=True)), config=EmulatorConfig(haste=10))
    drive.to(0.1)
    assert drive.events[0] == "CallConnected"
    drive.to(0.26)
    assert drive.events[-1] == "TranscriptionStarted"
    drive.to(0.26 + 0.8)
    assert drive.texts() == []
    drive.to(0.26 + 0.91)
    assert drive.texts() == ["Hello, this is Ana."]


def test_application_hangs_up() -> None:
    """CallDisconnected 200/7000 follows the hang-up; another hang-up meanwhile changes nothing, a later one is refused."""
    drive = Drive()
    drive.to(1.0)
    drive.call.hang_up(drive.now)
    assert drive.call.state == "disconnecting"
    drive.call.hang_up(drive.now)
    drive.to(2.49)
    assert "CallDisconnected" not in drive.events
    drive.to(2.5)
    assert drive.events.count("CallDisconnected") == 1
    result = drive.data("CallDisconnected")["resultInformation"]
    assert (result["code"], result["subCode"]) == (200, 7000)
    with pytest.raises(Refusal) as refused:
        drive.call.hang_up(drive.now)
    assert (refused.value.status, refused.value.code) == (400, "8528")


def test_other_side_hangs_up() -> None:
    """The last participant's leaving ends the call at once with 200/5010."""
    drive = Drive()
    drive.to(1.0)
    drive.call.remote_hang_up(drive.now)
    drive.settle()
    assert drive.data("CallDisconnected")["resultInformation"]["subCode"] == 5010
    assert drive.call.is_over


@pytest.mark.parametrize(
    ("outcome", "seconds", "code", "sub_code"),
    [("declined", 1.0, 200, 5002), ("busy", 1.0, 486, 8539), ("no_answer", 115.0, 480, 8541)],
)
def test_rejections(outcome: Outcome, seconds: float, code: int, sub_code: int) -> None:
    """A rejected call posts CallDisconnected and CreateCallFailed, both with the same result."""
    drive = Drive(plan=Plan(script=HELLO, outcome=outcome))
    drive.to(seconds - 0.01)
    assert drive.events == []
    drive.to(seconds)
    assert drive.events == ["CallDisconnected", "CreateCallFailed"]
    for name in drive.events:
        result = drive.data(name)["resultInformation"]
        assert (result["code"], result["subCode"]) == (code, sub_code)


def test_a_refused_connection_is_a_failed_connect() -> None:
    """The failure's name follows from how the call came to be."""
    drive = Drive(setup(kind="connect"), plan=Plan(script=HELLO, outcome="declined"))
    drive.to(1)
    assert drive.events == ["CallDisconnected", "ConnectFailed"]


def test_hanging_up_before_the_answer() -> None:
    """A call that never connected ends with CallDisconnected alone."""
    drive = Drive()
    drive.to(0.5)
    drive.call.hang_up(drive.now)
    drive.to(5)
    assert drive.events == ["CallDisconnected"]


def test_nothing_is_possible_before_connected_or_after_the_end() -> None:
    """Not established is 400/8501; after the end it is 400/8528, or 404/8522 by switch."""
    drive = Drive()
    for action in (drive.call.start_transcription, drive.call.update_transcription, drive.call.stop_transcription):
        with pytest.raises(Refusal) as refused:
            action(Operation(locale="en-US"), drive.now)
        assert (refused.value.status, refused.value.code) == (400, "8501")
    for after_end, status in (("8528", 400), ("8522", 404)):
        drive = Drive(config=EmulatorConfig.model_validate({"after_end": after_end}))
        drive.to(1)
        drive.call.remote_hang_up(drive.now)
        with pytest.raises(Refusal) as refused:
            drive.call.start_transcription(Operation(locale="en-US"), drive.now)
        assert (refused.value.status, refused.value.code) == (status, after_end)


def test_script_ends_and_the_caller_leaves() -> None:
    """`hangup_at_end` counts from the last line."""
    drive = Drive(setup(transcription=options(start=True)), plan=Plan(script=HELLO, hangup_at_end=2.0))
    drive.to(60)
    assert drive.texts() == [line.text for line in HELLO.lines]
    ended = next(post.event["time"] for post in drive.posts if post.event["type"].endswith("CallDisconnected"))
    assert ended == "2025-06-15T15:06:47.6+00:00"
    assert START + 1.0 + 1.6 + 3.0 + 2.0 == START + 7.6
    assert drive.data("CallDisconnected")["resultInformation"]["subCode"] == 5010


def test_nobody_speaks_and_the_caller_leaves() -> None:
    """A script without a word is over when it begins."""
    drive = Drive(plan=Plan(script=silence(), hangup_at_end=3.0, speech_starts="connected"))
    drive.to(3.9)
    assert not drive.call.is_over
    drive.to(4.0)
    assert drive.call.is_over


def test_hanging_up_in_mid_sentence_ends_speech() -> None:
    """What was not said when the call was hung up is never said."""
    drive = Drive(setup(transcription=options(start=True)))
    drive.to(1 + 1.6 + 1.5)
    drive.call.hang_up(drive.now)
    drive.to(60)
    assert drive.texts() == ["Hello, this is Ana."]
    assert drive.call.transcription.undelivered == 0


def test_say() -> None:
    """Something said besides the script is sent when it has been said."""
    drive = Drive(setup(transcription=options(start=True)))
    drive.to(1 + 1.6 + 3.5)
    drive.call.say(participant="4:+1", text="One more thing.", duration_ms=900, locale=None, now=drive.now)
    drive.to(1 + 1.6 + 4.3)
    assert drive.texts()[-1] != "One more thing."
    drive.to(1 + 1.6 + 4.5)
    assert drive.texts()[-1] == "One more thing."
    words = drive.packets[-1]["transcriptionData"]["words"]
    assert [word["text"] for word in words] == ["one", "more", "thing"]


def test_properties_of_every_kind_of_call() -> None:
    """The source of an answered call is its caller, and the application has answered it."""
    drive = Drive(setup(kind="answer"))
    properties = drive.call.properties("8:acs:a_b")
    assert properties["answeredBy"]["communicationUser"] == {"id": "8:acs:a_b"}
    assert properties["transcriptionSubscription"] == {
        "id": "00000000-0000-0000-0000-000000000000",
        "state": "inactive",
        "subscribedResultTypes": ["final"],
        "locale": "en-US",
    }
    assert Drive(setup(kind="connect")).call.properties("8:acs:a_b")["targets"] == []
