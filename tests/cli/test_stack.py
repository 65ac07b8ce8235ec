"""What a stack is made of, and how its processes find each other."""

import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from callscribe.runtime.settings import Settings
from cli.dev import addresses
from cli.errors import CliError
from cli.ports import Ports
from cli.stack import StackPlan, services, temporal_binary, wiring


def plan(home: Path, **settings: object) -> StackPlan:
    """A plan with the usual ports."""
    return StackPlan(home=home, ports=Ports(), settings=Settings(_env_file=None, **settings))  # type: ignore[arg-type] # any setting


def test_what_the_user_left_open_is_wired(tmp_path: Path) -> None:
    """To the emulator, to each other, and to nothing else."""
    variables = wiring(plan(tmp_path))
    assert variables["TEMPORAL_ADDRESS"] == "127.0.0.1:7233"
    assert variables["CALLSCRIBE_PUBLIC_WEBSOCKET_URL"] == "ws://127.0.0.1:8081"
    assert variables["CALLSCRIBE_ACS_CONNECTION_STRING"].startswith("endpoint=http://127.0.0.1:8090;accesskey=")


def test_what_the_user_has_set_is_kept(tmp_path: Path) -> None:
    """A dev tunnel's address, for instance."""
    variables = wiring(plan(tmp_path, public_http_url="https://tunnel.example.org", source_caller_id="+12025550111"))
    assert "CALLSCRIBE_PUBLIC_HTTP_URL" not in variables
    assert "CALLSCRIBE_SOURCE_CALLER_ID" not in variables


def test_an_old_temporal_on_path_is_passed_over(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """The packaged one is used; a new enough one on PATH goes first."""
    program = tmp_path / "temporal"
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    for version, expected in (
        ("0.13.2 (Server 1.24.2, UI 2.27.0)", Path(sys.executable).with_name("temporal")),
        ("1.6.0 (Server 1.30.0, UI 2.45.0)", program),
    ):
        program.write_text(f"#!/bin/sh\necho 'temporal version {version}'\n")
        program.chmod(0o755)
        assert temporal_binary() == str(expected)


def test_a_script_in_a_pipe_is_refused(tmp_path: Path) -> None:
    """As `<(…)` makes one: another process cannot read it."""
    pipe = tmp_path / "63"
    os.mkfifo(pipe)
    with pytest.raises(CliError, match="write it to a file, not into a pipe"):
        services(replace(plan(tmp_path), script=pipe))


def test_a_real_resource_needs_no_emulator(tmp_path: Path) -> None:
    """Neither its process nor its connection string; the webhook to configure is shown instead."""
    real = StackPlan(home=tmp_path, ports=Ports(), emulated=False, settings=plan(tmp_path).settings)
    assert "CALLSCRIBE_ACS_CONNECTION_STRING" not in wiring(real)
    assert [service.name for group in services(real) for service in group] == ["temporal", "ingest", "worker"]
    assert "emulator" not in real.listens_on
    assert any("/incoming?key=" in line.plain for line in addresses(real))
