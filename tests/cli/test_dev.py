"""The stack's plan and its life: wiring, ports, Ctrl-C, a child that dies."""

import json
import os
import shlex
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from callscribe.contracts.links import read_page_token
from cli.dev import addresses, ports_from
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.ports import Ports, free_port
from tests.cli.dev_stack import PROJECT, clean_environment, dev_stack
from tests.cli.test_stack import plan


def test_ports_come_from_the_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Also those that are part of an address."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "localhost:7000")
    settings = plan(tmp_path, http_port=9000, emulator_url="http://127.0.0.1:9001").settings
    assert ports_from(settings) == Ports(temporal=7000, http=9000, emulator=9001)


def test_a_temporal_elsewhere_is_not_replaced_in_silence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Whoever has production in the environment is told so."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", "prod.example.org:7233")
    with pytest.raises(CliError, match=r"TEMPORAL_ADDRESS is 'prod\.example\.org:7233'") as caught:
        ports_from(plan(tmp_path).settings)
    assert caught.value.code is ExitCode.USAGE


def test_a_port_in_use_is_one_sentence_before_anything_starts(tmp_path: Path) -> None:
    """No process, no folder."""
    import socket

    home = tmp_path / "home"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        taken = listener.getsockname()[1]
        free = {
            "TEMPORAL_ADDRESS": f"127.0.0.1:{free_port()}",
            "CALLSCRIBE_TEMPORAL_UI_URL": f"http://127.0.0.1:{free_port()}",
            "CALLSCRIBE_EMULATOR_URL": f"http://127.0.0.1:{free_port()}",
            "CALLSCRIBE_WEBSOCKET_PORT": str(free_port()),
            "CALLSCRIBE_HTTP_PORT": str(taken),
        }
        ended = subprocess.run(
            [sys.executable, "-m", "cli", "dev"],
            env=clean_environment(home) | free,
            cwd=PROJECT,
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
    assert ended.returncode == 1
    assert ended.stderr.startswith(f"callscribe: Port {taken} (ingest's HTTP server) is in use: ")
    assert ended.stderr.count("\n") == 1
    assert not home.exists()


def test_a_service_that_dies_takes_the_stack_down_with_its_name(tmp_path: Path) -> None:
    """Exit code 1, and one line that says which; what was published is taken back. A script had been told what runs
    where, and nothing else.
    """
    with dev_stack(tmp_path, "--json") as stack:
        published = dict(line.split("=", 1) for line in (tmp_path / "dev.env").read_text().splitlines())
        told = json.loads((tmp_path / "json").read_text())
        assert told["temporal"] == published["TEMPORAL_ADDRESS"]
        assert told["emulator"] == published["CALLSCRIBE_EMULATOR_URL"]
        assert told["live_page"].startswith(f"{told['ingest_http']}/")
        assert told["home"] == str(tmp_path)
        children = Path(f"/proc/{stack.pid}/task/{stack.pid}/children").read_text().split()
        ingest = [child for child in children if b"-m\0ingest\0" in Path(f"/proc/{child}/cmdline").read_bytes()]
        os.kill(int(ingest[0]), signal.SIGKILL)
        assert stack.wait(40) == 1
    assert "callscribe: ingest was killed by SIGKILL." in (tmp_path / "log").read_text()
    assert not (tmp_path / "dev.env").exists()


def test_the_summary_leads_to_the_live_page(tmp_path: Path) -> None:
    """With a link that lets whoever started the stack in, made from the secret of its own home."""
    shown = plan(tmp_path)
    (line,) = [str(one) for one in addresses(shown) if "live page" in str(one)]
    link = urlsplit(line.split()[-1])
    assert link.netloc == f"127.0.0.1:{shown.ports.http}"
    opened = read_page_token(
        shown.settings.model_copy(update={"home": shown.home}).secret(), parse_qs(link.query)["key"][0]
    )
    assert opened is not None
    assert opened.may_operate


def test_the_summary_gives_a_command_for_another_terminal(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """It names a folder that is not the usual one, also where this terminal has it set: the other may not."""
    monkeypatch.setenv("CALLSCRIBE_HOME", str(tmp_path))
    (line,) = [str(one) for one in addresses(plan(tmp_path)) if "in another terminal" in str(one)]
    assert f" CALLSCRIBE_HOME={tmp_path} " in line
    spaced = tmp_path / "my calls"
    (line,) = [str(one) for one in addresses(plan(spaced)) if "in another terminal" in str(one)]
    assert f"CALLSCRIBE_HOME={spaced}" in shlex.split(line)
    monkeypatch.chdir(tmp_path)
    (line,) = [str(one) for one in addresses(plan(tmp_path / ".callscribe")) if "in another terminal" in str(one)]
    assert "CALLSCRIBE_HOME" not in line
