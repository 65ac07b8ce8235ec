"""One attempt to bring a message to a webhook: signed, bounded in time and size, and judged by its answer.

Only addresses of the configuration are called, and no redirect is followed: neither a message nor an answer can lead us
anywhere else.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import aclosing, asynccontextmanager, suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import httpx

from activities.retry_after import retry_after
from callscribe.contracts.webhook_signature import headers as signed_headers
from callscribe.runtime.settings import SettingsError
from callscribe.runtime.tls import tls
from callscribe.runtime.webhooks import Hook

AT_ONCE: Final = 500
"""Messages that a worker has in hand at once, and beside them calls that it follows; each waits far more than it works."""
ATTEMPT_S: Final = 15.0
"""One attempt, from looking the name up to the status and the headers of the answer."""
_QUOTE_S: Final = 1.0
"""What is waited for its body, of which a beginning is quoted."""
RETRIED: Final = frozenset({408, 409, 423, 425, 429})
"""The refusals that may pass by themselves; beside them everything from 500 on."""
_MOST_READ: Final = 2048
"""Bytes of an answer; beyond that the connection is closed."""
_LONGEST_QUOTE: Final = 200
_SHORTEST_PAUSE: Final = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What became of an attempt."""

    status: int | None
    """None where nobody answered."""
    error: str = ""
    """In words; empty for a message that was taken."""
    is_final: bool = True
    """Whether trying again is of no use: it was taken, or refused for good."""
    delay: timedelta | None = None
    """How long the receiver asks us to wait."""

    @property
    def is_taken(self) -> bool:
        """Whether the receiver has it."""
        return not self.error


class Sender:
    """Sends messages, on the connections of one client."""

    def __init__(self, client: httpx.AsyncClient) -> None:
        self._client = client

    async def post(self, hook: Hook, id_: str, body: str) -> Answer:
        """Send `body` under the id `id_`, signed with every secret of `hook`. Never raises for what a receiver does."""
        content = body.encode()
        headers = {
            "content-type": "application/json",
            "user-agent": "Callscribe",
            "accept-encoding": "identity",
            **signed_headers(hook.keys, id_, int(time.time()), content),
        }
        try:
            request = self._client.build_request("POST", hook.url, content=content, headers=headers)
            async with asyncio.timeout(ATTEMPT_S):
                response = await self._client.send(request, stream=True)
        except TimeoutError:
            return Answer(status=None, error=f"no answer within {ATTEMPT_S:.0f} s", is_final=False)
        except (httpx.HTTPError, httpx.InvalidURL, OSError) as error:
            reason = _one_line(str(error)) or type(error).__name__
            return Answer(status=None, error=f"could not be reached: {reason}", is_final=False)
        finally:
            self._client.cookies.clear()  # nothing that a receiver says is said back to it
        async with aclosing(response):
            said = await _beginning(response)
        return judged(response.status_code, response.headers, said, datetime.now(UTC))


def judged(status: int, headers: Mapping[str, str], said: str, now: datetime) -> Answer:
    """What an answer means; `said` is the beginning of its body, `now` what a date in Retry-After is measured from."""
    if 200 <= status < 300:
        return Answer(status=status)
    told = f"answered {status}" + (f": {quote}" if (quote := _one_line(said)) else "")
    if 300 <= status < 400:
        return Answer(status=status, error=f"{told} (redirects are not followed: configure the address it leads to)")
    if status < 500 and status not in RETRIED:
        return Answer(status=status, error=told)
    asked = retry_after(headers, now)
    delay = None if asked is None else max(asked, _SHORTEST_PAUSE)
    return Answer(status=status, error=told, is_final=False, delay=delay)


@asynccontextmanager
async def open_sender(*, is_proxied: bool = True) -> AsyncIterator[Sender]:
    """A sender with connections of its own, for as long as the block runs; it honours the proxies of the environment
    for whatever leaves this machine, or, for one that has nothing to send, does not look at them.

    Raises `SettingsError` for a proxy that cannot be used.
    """
    async with _client(is_proxied=is_proxied) as client:
        yield Sender(client)


def _client(*, is_proxied: bool) -> httpx.AsyncClient:
    # A connection for each: an attempt that waited for one would lose time that is the receiver's.
    limits = httpx.Limits(max_connections=2 * AT_ONCE, max_keepalive_connections=20)
    timeout = httpx.Timeout(ATTEMPT_S, connect=5.0)
    # Only this machine is called without TLS, and no proxy is to read what does not leave it.
    direct = {"http://": httpx.AsyncHTTPTransport(limits=limits)}
    try:
        return httpx.AsyncClient(
            verify=tls(), timeout=timeout, limits=limits, mounts=direct, follow_redirects=False, trust_env=is_proxied
        )
    except (ImportError, ValueError, httpx.InvalidURL) as error:
        # Not quoted: an address that cannot be read may hold a password.
        raise SettingsError(
            "HTTPS_PROXY, ALL_PROXY or NO_PROXY in the environment names no proxy that webhooks can be sent through: "
            "only http:// and https:// ones are known."
        ) from error


async def _beginning(response: httpx.Response) -> str:
    """The first bytes of an answer, as text, as far as they come: its status has decided. The rest is never read, and
    closing the response closes the connection then.
    """
    read = b""
    with suppress(TimeoutError, httpx.HTTPError, OSError):
        async with asyncio.timeout(_QUOTE_S):
            async for part in response.aiter_raw():
                read += part
                if len(read) >= _MOST_READ:
                    break
    return read[:_MOST_READ].decode("utf-8", "replace")


def _one_line(text: str) -> str:
    """What can be shown of a stranger's text, on one line."""
    line = " ".join("".join(char if char.isprintable() else " " for char in text).split())
    return line if len(line) <= _LONGEST_QUOTE else f"{line[:_LONGEST_QUOTE]}…"
