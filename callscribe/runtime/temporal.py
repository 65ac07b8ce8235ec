"""The connection to Temporal: one client factory for worker, ingest, CLI and tests, so that converters cannot drift."""

import asyncio
import logging
from typing import Any

from temporalio.api.errordetails.v1 import NamespaceNotFoundFailure
from temporalio.client import Client
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from callscribe.runtime.settings import SettingsError

DEFAULT_ADDRESS = "127.0.0.1:7233"
_log = logging.getLogger(__name__)


class TemporalUnreachableError(Exception):
    """Temporal does not answer, or not to us; the message names the address and what to do."""


def address() -> str:
    """The address that `connect` uses: `TEMPORAL_ADDRESS`, the profile's, or the default (host:port).

    Raises `SettingsError`, as all of this module does, where the configuration of Temporal's client cannot be read.
    """
    return str(_connect_config()["target_host"])


def namespace() -> str:
    """The namespace that `connect` uses."""
    return str(_connect_config().get("namespace") or "default")


def is_missing_namespace(error: RPCError) -> bool:
    """Whether what was not found is the namespace, and not something in it."""
    return any(detail.Is(NamespaceNotFoundFailure.DESCRIPTOR) for detail in error.grpc_status.details)


def missing_namespace() -> SettingsError:
    """What to say of the namespace that `connect` uses where there is none of that name."""
    wanted = namespace()
    return SettingsError(
        f"Temporal at {address()} has no namespace '{wanted}': create it with "
        f"'temporal operator namespace create {wanted}', or set TEMPORAL_NAMESPACE."
    )


async def connect(*, patience: float = 0.0) -> Client:
    """A client for the server that `TEMPORAL_*` (or a profile of the `temporal` CLI) names.

    `patience` is how many seconds to go on trying while nobody answers; the client itself never retries a connection.
    Raises `TemporalUnreachableError` after that, and `SettingsError` at once for an address that is none.
    """
    config = _connect_config()
    deadline = asyncio.get_running_loop().time() + patience
    pause = 0.2
    while True:
        try:
            return await Client.connect(**config, data_converter=pydantic_data_converter)
        except ValueError as error:
            raise SettingsError(f"TEMPORAL_ADDRESS: '{config['target_host']}' is not of the form host:port.") from error
        except RuntimeError as error:
            if asyncio.get_running_loop().time() + pause > deadline:
                raise _unreachable(config["target_host"], str(error)) from error
            _log.info("waiting for Temporal at %s", config["target_host"])
            await asyncio.sleep(pause)
            pause = min(pause * 2, 5.0)


def _unreachable(target: str, reason: str) -> TemporalUnreachableError:
    if any(sign in reason for sign in ("tcp connect error", "dns error", "deadline has elapsed")):
        return TemporalUnreachableError(
            f"No Temporal server answers at {target}: start one with 'callscribe dev', or set TEMPORAL_ADDRESS."
        )
    return TemporalUnreachableError(
        f"The Temporal server at {target} does not let us in: check TEMPORAL_TLS, TEMPORAL_API_KEY and the "
        f"certificates. Its reason: {reason}"
    )


def _connect_config() -> dict[str, Any]:
    try:
        config: dict[str, Any] = dict(ClientConfig.load_client_connect_config())
    except Exception as error:
        if type(error).__name__ != "ConfigError":  # the SDK raises it and exports it nowhere
            raise
        raise SettingsError(
            f"Temporal's client configuration cannot be used (TEMPORAL_PROFILE, TEMPORAL_CONFIG_FILE): {error}"
        ) from error
    config.setdefault("target_host", DEFAULT_ADDRESS)
    if "://" in str(config["target_host"]):
        raise SettingsError(f"TEMPORAL_ADDRESS is 'host:port' without a scheme, not '{config['target_host']}'.")
    return config
