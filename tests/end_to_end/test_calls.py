"""Whole calls, each way in and each way out."""

from pathlib import Path

from callscribe.contracts.commands import HangUp, StartTranscription, StopTranscription, UpdateLocale
from tests.end_to_end.stack import CallStack, Script, by_participant

SCRIPTS = Path(__file__).resolve().parent.parent.parent / "emulator" / "scripts"


async def test_the_how_to_from_dialling_to_a_sealed_transcript(stack: CallStack) -> None:
    """Create, start, captions, locale change, stop, hang up: every line of the script once, in order, and a verdict."""
    script = Script.read(SCRIPTS / "two-languages.jsonl")
    handle = await stack.start("how-to", transcription={"start": "on_request", "intermediate_results": True})
    await stack.reaches("how-to", "connected")
    await stack.update("how-to", "start_transcription", StartTranscription(locale="en-US", operation_context="start"))
    await stack.update("how-to", "update_locale", UpdateLocale(locale="de-DE"))
    report = await stack.spoken("how-to")
    assert report.script.delivered == len(script.lines)
    await stack.update("how-to", "stop_transcription", StopTranscription())
    await stack.update("how-to", "hang_up", HangUp())
    result = await handle.result()
    assert result.verdict.kind == "complete", result.verdict
    stored = await stack.transcript("how-to")
    assert by_participant(stored.segments) == script.by_participant()
    assert stored.verdict == result.verdict
    assert result.segments == len(script.lines)
