"""The call workflow on Temporal's real server: its life, its commands, and everything that arrives at the wrong time."""

from callscribe.contracts.commands import HangUp, Pause, StartTranscription, StopTranscription, UpdateLocale
from tests.workflows.conftest import Stage

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_whole_life_in_the_order_of_the_how_to(stage: Stage) -> None:
    """Create, connect, start, change locale, stop, hang up, drain, seal: complete, with a time for every step."""
    handle = await stage.start(ON_REQUEST)
    await stage.reaches("connected")
    await stage.update("start_transcription", StartTranscription(locale="en-US", operation_context="ctx"))
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1)
    await stage.acs.send_chunk("s1", 2, "Hello.", "How are you?")
    assert (await stage.update("update_locale", UpdateLocale(locale="de-de")))["locale"] == "de-DE"
    await stage.acs.send_chunk("s1", 3, "Guten Tag.", first=3)
    await stage.update("stop_transcription", StopTranscription(operation_context="ctx"))
    assert (await stage.acs.close_stream("s1", 3)).complete
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "complete", result.verdict
    assert result.segments == 3
    assert stage.acs.texts() == ["Hello.", "How are you?", "Guten Tag."]
    assert stage.acs.requests == [
        "create_call",
        "start_transcription",
        "update_transcription",
        "stop_transcription",
        "hang_up",
    ]
    assert [step.name for step in result.steps] == [
        "call …0100",
        "wait for CallConnected",
        "start transcription (en-US)",
        "change locale to de-DE",
        "stop transcription",
        "hang up",
        "wait for the last words",
    ]
    assert all(step.finished_at and step.outcome == "done" for step in result.steps)
    assert [each.locale for each in result.locales] == ["en-US", "de-DE"]
    assert stage.acs.sealed[-1].result == result


async def test_starts_by_itself_when_connected(stage: Stage) -> None:
    """By default transcription starts after CallConnected, in the locale of the settings."""
    await stage.start({"transcription": {"locale": "en-gb", "operation_context": "mine"}})
    await stage.reaches("transcribing")
    name, request = stage.acs.calls[1]
    assert (name, request.locale, request.operation_context) == ("start_transcription", "en-GB", "mine")
    await stage.update("hang_up", HangUp())


async def test_a_command_sent_twice_is_carried_out_once(stage: Stage) -> None:
    """The same update id, also after the workflow has continued as new, is answered and not repeated."""
    await stage.start({"limits": {"continue_as_new_after": 3}})
    await stage.reaches("transcribing")
    await stage.update("pause", Pause(), update_id="pause-1")
    for number in range(1, 8):
        await stage.acs.send_chunk("s1", number, f"{number}.", first=number)
    await stage.acs.close_stream("s1", 7)
    status = await stage.status()
    assert status.runs > 1
    answer = await stage.update("pause", Pause(), update_id="pause-1")
    assert answer["transcription"] == "paused"
    assert stage.acs.requests.count("stop_transcription") == 1
    await stage.update("hang_up", HangUp())


async def test_continues_as_new_and_loses_nothing(stage: Stage) -> None:
    """Hundreds of chunks with repeats, over many runs: all stored once and in order."""
    handle = await stage.start({"limits": {"continue_as_new_after": 10}})
    await stage.reaches("transcribing")
    for number in range(1, 121):
        await stage.acs.send_chunk("s1", number, f"{number}", first=number)
        if number % 7 == 0:
            await stage.acs.send_chunk("s1", number, f"{number}", first=number)
    assert (await stage.acs.close_stream("s1", 120)).complete
    assert (await stage.status()).runs > 1
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert stage.acs.texts() == [str(number) for number in range(1, 121)]
    assert result.segments == 120
    assert result.verdict.counts.duplicates == 17
    assert result.verdict.kind == "complete"


async def test_cancelling_the_workflow_hangs_up_and_seals(stage: Stage) -> None:
    """Cancellation is a hang-up: what was said is stored, the verdict given, and the workflow completes."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await handle.cancel()
    await stage.reaches("draining")
    await stage.acs.close_stream("s1", 1)
    result = await handle.result()
    assert stage.acs.requests[-1] == "hang_up"
    assert result.segments == 1
    assert result.verdict.kind == "complete"
