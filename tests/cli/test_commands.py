"""A call made and steered, command by command, beside a running stack."""

import json

from tests.cli.dev_stack import Tell, until


def test_a_call_is_made_steered_shown_and_exported(tell: Tell) -> None:
    """The whole how-to, command by command."""
    code, stdout, _ = tell(
        "call", "+12025550100", "--start", "on-request", "--key", "steered", "--name", "+12025550100=Anna"
    )
    assert code == 0
    assert "call-steered" in stdout
    assert "/namespaces/default/workflows/call-steered" in stdout
    until(tell, "steered", lambda shown: shown.get("state") == "connected")

    assert tell("stop", "steered")[0] == 5
    assert tell("start", "steered", "--locale", "en-GB", "--context", "test")[:2] == (
        0,
        "transcribing: transcription on, locale en-GB\n",
    )
    code, _, stderr = tell("start", "steered")
    assert (code, "already" in stderr) == (5, True)
    assert tell("locale", "steered", "de-de")[1] == "transcribing: transcription on, locale de-DE\n"
    assert json.loads(tell("pause", "call-steered", "--json")[1])["state"] == "paused"
    assert tell("resume", "steered")[1] == "transcribing: transcription on, locale de-DE\n"
    until(tell, "steered", lambda shown: shown.get("segments", 0) >= 2)

    code, stdout, _ = tell("list", "--live")
    assert (code, "steered" in stdout, "transcribing" in stdout) == (0, True, True)
    assert tell("hangup", "steered")[0] == 0
    ended = until(tell, "steered", lambda shown: bool(shown.get("ended_at") and shown.get("verdict")))
    code, stdout, _ = tell("show", "steered")
    assert ended["verdict"]["kind"] in stdout
    assert "start transcription (en-GB)" in stdout

    code, stdout, _ = tell("export", "steered", "--format", "jsonl")
    assert code == 0
    assert len([line for line in stdout.splitlines() if json.loads(line)]) >= ended["segments"]
    assert tell("pause", "steered")[0] == 5
    code, _, stderr = tell("call", "+12025550100", "--key", "steered")
    assert (code, "choose another --key" in stderr) == (5, True)
