"""The connection to Temporal: one client factory for worker, ingest, CLI and tests, so that converters cannot drift."""

import asyncio
import logging
from typing import Any

from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig

DEFAULT_ADDRESS = "127.0.0.1:7233"
_log = logging.getLogger(__name__)


class TemporalUnreachableError(Exception):
    """Temporal does not answer; the message names the address and what to do."""


def address() -> str:
    """The address that `connect` uses: `TEMPORAL_ADDRESS`, the profile's, or the default (host:port)."""
    return str(_connect_config()["target_host"])


def namespace() -> str:
    """The namespace that `connect` uses."""
    return str(_connect_config().get("namespace") or "default")


async def connect(*, patience: float = 0.0) -> Client:
    """A client for the server that `TEMPORAL_*` (or a profile of the `temporal` CLI) names.

    `patience` is how many seconds to go on trying while nobody answers; the client itself never retries a connection.
    Raises `TemporalUnreachableError` after that.
    """
    config = _connect_config()
    deadline = asyncio.get_running_loop().time() + patience
    pause = 0.2
    while True:
        try:
            return await Client.connect(**config, data_converter=pydantic_data_converter)
        except RuntimeError as error:
            if asyncio.get_running_loop().time() + pause > deadline:
                raise TemporalUnreachableError(
                    f"No Temporal server answers at {config['target_host']}: start one with 'callscribe dev', "
                    "or set TEMPORAL_ADDRESS."
                ) from error
            _log.info("waiting for Temporal at %s", config["target_host"])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)


def _connect_config() -> dict[str, Any]:
    config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    config.setdefault("target_host", DEFAULT_ADDRESS)
    return config
