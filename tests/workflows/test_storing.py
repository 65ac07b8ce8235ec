"""From signals to the store: after the end, out of turn, unreadable."""

from callscribe.contracts.commands import HangUp
from tests.workflows.conftest import Stage

ON_REQUEST = {"transcription": {"start": "on_request"}}
ROOM = {"origin": {"kind": "connect", "room_id": "99"}}


async def test_chunks_after_the_end_of_the_call_are_stored(stage: Stage) -> None:
    """What is still on its way when the far end hangs up in mid-sentence is waited for."""
    handle = await stage.start()
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.send("CallDisconnected", code=200, sub_code=5010, message="only one participant")
    await stage.reaches("draining")
    await stage.acs.send_chunk("s1", 2, "And good-", first=2)
    assert (await stage.acs.close_stream("s1", 2)).complete
    result = await handle.result()
    assert stage.acs.texts() == ["Hello.", "And good-"]
    assert result.end_reason == "only one participant"


async def test_names_of_the_request_go_to_the_store_with_the_first_words(stage: Stage) -> None:
    """Once: nothing is added to what each chunk costs."""
    handle = await stage.start({"participants": {"4:+12025550100": "Ada"}, "limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    assert (await stage.acs.close_stream("s1", 1)).complete
    await stage.acs.send_chunk("s2", 1, "Hello again.")
    assert (await stage.acs.close_stream("s2", 1)).complete
    await stage.update("hang_up", HangUp())
    await handle.result()
    assert stage.acs.names == [{"4:+12025550100": "Ada"}, {}]


async def test_stream_that_is_never_closed_makes_the_verdict_partial(stage: Stage) -> None:
    """The drain deadline passes without the stream's end: partial, and the gap says why."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "partial"
    assert [gap.cause for gap in result.verdict.gaps] == ["stream not closed in time"]


async def test_poison_signals_are_counted_and_harm_nothing(stage: Stage) -> None:
    """Signals that cannot be read, and one of an unknown name, leave the call alive and show in the counts."""
    handle = await stage.start({"limits": {"drain_timeout": "PT0.5S"}})
    await stage.reaches("transcribing")
    await stage.acs.handle.signal("transcript_chunk", {"stream": 7})
    await stage.acs.handle.signal("call_event", ["nonsense"])
    await stage.acs.handle.signal("no_such_signal", "x")
    await stage.acs.send_chunk("s1", 1, "Hello.")
    await stage.acs.close_stream("s1", 1)
    aside = (await stage.status()).quarantined
    assert {(each.signal, each.reason) for each in aside} >= {("no_such_signal", "unknown name")}
    assert {each.signal for each in aside} == {"transcript_chunk", "call_event", "no_such_signal"}
    assert all(each.size > 0 for each in aside)
    await stage.update("hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.counts.unreadable == 3
    assert result.verdict.kind == "partial"
    assert stage.acs.texts() == ["Hello."]
