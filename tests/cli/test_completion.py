"""The Tab key, as shells ask: with the line so far in the environment."""

import os
import subprocess
import sys

import pytest

from cli import completion
from tests.cli.dev_stack import PROJECT, Tell


def offered(shell: str, line: str) -> list[str]:
    """What `callscribe` offers behind `line`."""
    words = line.split(" ")
    asked = {
        "bash": {"COMP_WORDS": line, "COMP_CWORD": str(len(words) - 1)},
        "zsh": {"_TYPER_COMPLETE_ARGS": line},
        "fish": {"_TYPER_COMPLETE_ARGS": line, "_TYPER_COMPLETE_FISH_ACTION": "get-args"},
    }[shell]
    asked["_CALLSCRIBE_COMPLETE"] = f"complete_{shell}"
    program = "import sys; sys.argv = ['callscribe']; from cli.__main__ import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=PROJECT,
        env=os.environ | asked,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_keys_of_calls_are_offered_in_every_shell(tell: Tell, shell: str) -> None:
    """A command that steers is offered those under way alone."""
    key = f"tab-{shell}"
    assert tell("call", "+12025550100", "--start", "on-request", "--key", key)[0] == 0
    try:
        assert any(key in line for line in offered(shell, f"callscribe pause tab-{shell[:2]}"))
        if shell == "bash":
            assert offered(shell, f"callscribe pause call-tab-{shell[:2]}") == [f"call-{key}"]
    finally:
        tell("hangup", key)


def test_commands_locales_and_formats_are_offered() -> None:
    """What needs no server."""
    assert "export" in offered("bash", "callscribe exp")
    assert offered("bash", "callscribe locale some de-") == ["de-AT", "de-CH", "de-DE"]
    assert offered("bash", "callscribe locale some DE-a") == ["DE-aT"]
    assert "vtt" in offered("bash", "callscribe export some --format v")


def test_where_nothing_answers_nothing_is_offered(monkeypatch: pytest.MonkeyPatch) -> None:
    """No error, no traceback, within a moment; nor for what no key can be."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "127.0.0.1:1")
    assert completion.calls("a") == []
    assert completion.live_calls("a' OR '1") == []


def test_locales_are_found_in_any_case() -> None:
    """All of them are what we would write."""
    from callscribe.acs.locales import COMMON, check_locale

    assert completion.locales("PT-") == ["PT-BR", "PT-PT"]
    assert [check_locale(one) for one in completion.LOCALES] == list(completion.LOCALES)
    assert set(COMMON) <= set(completion.LOCALES)
