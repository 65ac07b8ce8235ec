"""Event Grid: shakes hands with a webhook once, then notifies it of incoming calls (protocol reference 3.9)."""

import asyncio
import secrets
from typing import Any

import httpx

from emulator.incoming import Incoming, incoming_event, validation_event
from emulator.shell.clock import Clock

_VALIDATION_TIMEOUT = 30.0


class EventGridError(Exception):
    """A webhook that cannot be notified; the message says what it answered and what was expected."""


class EventGrid:
    """The subscriptions: webhooks that have answered the handshake."""

    def __init__(self, client: httpx.AsyncClient, clock: Clock, topic: str) -> None:
        self._client = client
        self._clock = clock
        self._topic = topic
        self._validated: set[str] = set()
        self._lock = asyncio.Lock()

    async def notify(self, url: str, incoming: Incoming) -> None:
        """Announce an incoming call. Raises `EventGridError`."""
        async with self._lock:
            if url not in self._validated:
                await self._validate(url)
                self._validated.add(url)
        body = incoming_event(incoming, event_id=incoming.correlation_id, topic=self._topic, now=self._clock.now())
        response = await self._post(url, "Notification", body)
        if not response.is_success:
            raise EventGridError(f"{url} answered {response.status_code} to IncomingCall; 200 was expected.")

    async def _validate(self, url: str) -> None:
        code = secrets.token_hex(16).upper()
        body = validation_event(event_id=secrets.token_hex(16), code=code, topic=self._topic, now=self._clock.now())
        response = await self._post(url, "SubscriptionValidation", body)
        try:
            answer = response.json()
        except ValueError:
            answer = None
        if response.status_code != 200 or not isinstance(answer, dict) or answer.get("validationResponse") != code:
            raise EventGridError(
                f"{url} did not pass the subscription handshake: it must answer SubscriptionValidation with 200 and "
                f'{{"validationResponse": <the code>}}, and answered {response.status_code}.'
            )

    async def _post(self, url: str, kind: str, body: list[dict[str, Any]]) -> httpx.Response:
        try:
            return await self._client.post(
                url, json=body, headers={"aeg-event-type": kind}, timeout=_VALIDATION_TIMEOUT
            )
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise EventGridError(f"{url} cannot be reached: {type(error).__name__}.") from error
