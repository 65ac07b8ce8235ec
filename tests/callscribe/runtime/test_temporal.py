"""The connection to Temporal."""

import asyncio
import time
from pathlib import Path

import pytest
from temporalio.client import Client

from callscribe.runtime import temporal
from callscribe.runtime.settings import SettingsError
from cli.ports import free_port
from tests.support.eventually import eventually


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No configuration of Temporal's on the machine that runs the tests."""
    for name in ("ADDRESS", "NAMESPACE", "PROFILE", "API_KEY", "TLS"):
        monkeypatch.delenv(f"TEMPORAL_{name}", raising=False)
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(tmp_path / "none.toml"))


def test_defaults() -> None:
    """The dev server's own."""
    assert temporal.address() == temporal.DEFAULT_ADDRESS
    assert temporal.namespace() == "default"


def test_the_commandline_tools_profile_is_ours_too(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """One file for both, and the environment wins."""
    file = tmp_path / "temporal.toml"
    file.write_text('[profile.prod]\naddress = "temporal.example:7233"\nnamespace = "calls"\n')
    monkeypatch.setenv("TEMPORAL_CONFIG_FILE", str(file))
    monkeypatch.setenv("TEMPORAL_PROFILE", "prod")
    assert (temporal.address(), temporal.namespace()) == ("temporal.example:7233", "calls")
    monkeypatch.setenv("TEMPORAL_ADDRESS", "other.example:7233")
    assert temporal.address() == "other.example:7233"


@pytest.mark.parametrize(
    ("variable", "value", "says"),
    [
        ("TEMPORAL_PROFILE", "unknown", "'unknown' not found"),
        ("TEMPORAL_ADDRESS", "http://127.0.0.1:7233", "without a scheme"),
        ("TEMPORAL_ADDRESS", "a b", "host:port"),
    ],
)
async def test_wrong_configuration_is_named(
    monkeypatch: pytest.MonkeyPatch, variable: str, value: str, says: str
) -> None:
    """At once, however patient one is."""
    monkeypatch.setenv(variable, value)
    with pytest.raises(SettingsError, match="TEMPORAL_") as caught:
        await asyncio.wait_for(temporal.connect(patience=60), timeout=10)
    assert says in str(caught.value)


async def test_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """One clear sentence with the address, after as much patience as was asked for and not much more."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{free_port()}")
    begun = time.monotonic()
    with pytest.raises(temporal.TemporalUnreachableError, match="No Temporal server answers at 127"):
        await temporal.connect(patience=0.5)
    assert time.monotonic() - begun < 5


async def test_a_refusal_is_told_apart(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """TLS towards a server without it is not "nobody answers"."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", client.service_client.config.target_host)
    monkeypatch.setenv("TEMPORAL_TLS", "true")
    with pytest.raises(temporal.TemporalUnreachableError, match="does not let us in"):
        await temporal.connect()


async def test_patience(monkeypatch: pytest.MonkeyPatch, client: Client) -> None:
    """A server that begins to answer later is found: here, a port that is forwarded after the first refusals."""
    port = free_port()
    host, _, real = client.service_client.config.target_host.rpartition(":")
    monkeypatch.setenv("TEMPORAL_ADDRESS", f"127.0.0.1:{port}")
    writers: list[asyncio.StreamWriter] = []

    async def pump(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
        while data := await source.read(65536):
            sink.write(data)
            await sink.drain()

    async def forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        onward_reader, onward = await asyncio.open_connection(host, int(real))
        writers.extend((writer, onward))
        await asyncio.gather(pump(reader, onward), pump(onward_reader, writer), return_exceptions=True)

    connecting = asyncio.create_task(temporal.connect(patience=30))
    await asyncio.sleep(0)
    server = await asyncio.start_server(forward, "127.0.0.1", port)
    try:
        found = await eventually(lambda: connecting.done() and connecting.result(), within=30)
        assert isinstance(found, Client)
        assert await found.service_client.check_health()
    finally:
        server.close()
        for writer in writers:
            writer.close()
