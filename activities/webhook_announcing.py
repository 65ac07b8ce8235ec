"""Messages made ready as a transcript is sealed: kept in the transcript store before anybody is told to send them."""

import asyncio
import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from activities import webhook_messages
from callscribe.contracts.steps import SealOutcome, SealTranscript
from callscribe.contracts.webhooks import DeliveryRequest
from callscribe.runtime.store import Delivery, StoredTranscript, TranscriptStore
from callscribe.runtime.transcripts import as_transcript, began_in
from callscribe.runtime.webhooks import Hook, HookEvent
from callscribe.transcript.model import RawId, Transcript

_LOOKED_AT: Final = 20
"""Segments of a call's beginning that may tell which locale it began in."""


class Announcer:
    """Knows which webhooks there are, and keeps what they are to be sent.

    `public_url` is ingest's address as others reach it, or None where nobody has said it.
    """

    def __init__(self, store: TranscriptStore, hooks: Sequence[Hook] = (), public_url: str | None = None) -> None:
        self._store = store
        self._sealed = [hook for hook in hooks if hook.wants(HookEvent.SEALED)]
        self._public_url = public_url
        self.feeds = tuple(hook.name for hook in hooks if hook.wants(HookEvent.SEGMENTS))
        """The webhooks that follow calls segment by segment."""

    async def sealed(self, request: SealTranscript, outcome: SealOutcome) -> tuple[str, ...]:
        """Keep a message about a sealed revision for each webhook that wants one; returns their names.

        The same however often: what is kept already stays as it is. Raises `StoreError`.
        """
        if not self._sealed:
            return ()
        participants = await participants_of(self._store, request.key)
        stored, locale = None, request.result.locale
        if any(hook.include_transcript for hook in self._sealed):
            stored = await self._store.transcript(request.key)
        if stored is None:
            beginning, _ = await self._store.segments_since(request.key, limit=_LOOKED_AT)
            locale = began_in(beginning, locale)
        now = datetime.now(UTC)
        # In a thread: the longer a call, the longer this takes, and the worker's other activities go on meanwhile.
        made = await asyncio.to_thread(self._messages, request, outcome, participants, stored, locale, now)
        for delivery, body in made:
            await self._store.keep_message(delivery, body)
        return tuple(hook.name for hook in self._sealed)

    def _messages(
        self,
        request: SealTranscript,
        outcome: SealOutcome,
        participants: dict[RawId, str],
        stored: StoredTranscript | None,
        locale: str,
        now: datetime,
    ) -> list[tuple[Delivery, str]]:
        transcript = None if stored is None else _as_sealed(stored, request, outcome)
        document = None if transcript is None else webhook_messages.document(transcript)
        made = []
        for hook in self._sealed:
            asked = DeliveryRequest.about_revision(request.key, hook.name, outcome.revision)
            body = webhook_messages.sealed(
                request,
                id_=asked.id,
                revision=outcome.revision,
                segments=outcome.segments,
                locale=locale if transcript is None else transcript.locale,
                participants=participants,
                public_url=self._public_url,
                transcript=document if hook.include_transcript else None,
                now=now,
            )
            made.append((fresh_delivery(asked, hook, now, body), body))
        return made


def _as_sealed(stored: StoredTranscript, request: SealTranscript, outcome: SealOutcome) -> Transcript:
    """With the verdict of this revision, also where another one has been sealed since."""
    sealed = {"revision": outcome.revision, "verdict": request.result.verdict}
    return as_transcript(stored).model_copy(update=sealed)


def fresh_delivery(asked: DeliveryRequest, hook: Hook, now: datetime, body: str = "") -> Delivery:
    """A delivery that nobody has attempted yet."""
    return Delivery(
        id=asked.id,
        call=asked.call,
        hook=asked.hook,
        event=asked.event,
        revision=asked.revision,
        url=hook.shown_url,
        created_at=now,
        updated_at=now,
        digest=hashlib.sha256(body.encode()).hexdigest() if body else "",
    )


async def participants_of(store: TranscriptStore, call: str) -> dict[RawId, str]:
    """Everybody on a call, with the names that there are. Raises `StoreError`."""
    found = await store.call(call)
    return found.participants if found else {}
