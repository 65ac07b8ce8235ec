"""Ports: found taken with one sentence, chosen free where that is asked for."""

import socket
import subprocess
import sys
from collections.abc import Iterator

import pytest

from cli import ports
from cli.errors import CliError
from cli.ports import LOOPBACK, Ports, check_free, choose_free, free_port, is_free
from tests.cli.dev_stack import PROJECT


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody listens on."""
    with socket.socket() as listener:
        listener.bind((LOOPBACK, 0))
        listener.listen()
        yield int(listener.getsockname()[1])


def test_a_port_that_is_listened_on_is_not_free(taken: int) -> None:
    """Both ways of asking agree."""
    assert not is_free(taken)


def test_one_taken_port_makes_one_sentence(taken: int) -> None:
    """It names the port, what for, the variable, and the way out."""
    with pytest.raises(CliError) as caught:
        check_free(Ports(http=taken), wanted=frozenset({"http"}), command="demo")
    assert str(caught.value) == (
        f"Port {taken} (ingest's HTTP server) is in use: stop what listens there, choose another with "
        "CALLSCRIBE_HTTP_PORT, or let free ones be chosen with 'make demo FREE_PORTS=1' (callscribe demo --free-ports)."
    )


def test_several_taken_ports_make_one_sentence(taken: int) -> None:
    """Every one of them is named."""
    with pytest.raises(CliError, match=r"^Ports .* and .* are in use") as caught:
        check_free(Ports(http=taken, emulator=taken), wanted=frozenset({"http", "emulator"}), command="dev")
    assert "CALLSCRIBE_HTTP_PORT and CALLSCRIBE_EMULATOR_URL" in str(caught.value)


def test_ports_that_are_not_wanted_do_not_matter(taken: int) -> None:
    """Without an emulator its port may be taken."""
    check_free(Ports(emulator=taken), wanted=frozenset(), command="dev")


def test_free_ports_are_free_and_different() -> None:
    """Five of them."""
    five = choose_free()
    chosen = [five.temporal, five.temporal_ui, five.http, five.websocket, five.emulator]
    assert len(set(chosen)) == 5
    assert all(map(is_free, chosen))


def test_a_chosen_port_is_chosen_by_nobody_else(monkeypatch: pytest.MonkeyPatch) -> None:
    """Though nobody listens on it yet: not here, and in no other process."""
    port = free_port()
    monkeypatch.setattr(ports, "_BELOW_EPHEMERAL", range(port, port + 1))
    assert is_free(port)
    with pytest.raises(CliError, match=f"No free port between {port} and "):
        free_port()
    code = f"from cli import ports; ports._BELOW_EPHEMERAL = range({port}, {port + 1}); ports.free_port()"
    other = subprocess.run([sys.executable, "-c", code], cwd=PROJECT, capture_output=True, text=True, check=False)
    assert f"No free port between {port} and " in other.stderr
