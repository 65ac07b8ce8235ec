"""Messages to webhooks: what they are about, how they are named, and the input and answer of `WebhookDelivery`.

To send one again, start that workflow by its name, with `DeliveryRequest.again_of(…)` as its input and the id that
`workflow_id` gives for it.
"""

import hashlib
from enum import StrEnum
from typing import Self

from pydantic import AwareDatetime

from callscribe.contracts.names import DELIVERY_ID_PREFIX
from callscribe.model import Frozen


class WebhookEvent(StrEnum):
    """What a message is about: its `type`."""

    SEALED = "transcript.sealed"
    """A transcript was sealed: for the first time, or as an amended revision."""
    SEGMENTS = "transcript.segments"
    """Segments were stored."""
    PING = "ping"
    """Somebody tries the webhook."""


class DeliveryRequest(Frozen):
    """Input of the `WebhookDelivery` workflow: one message, or the following of a call segment by segment.

    It says nothing of addresses and secrets: the worker takes them from its settings, by the name of the webhook.
    """

    id: str
    """Of the delivery in the transcript store; of a message, also its `webhook-id`."""
    call: str
    """The call's key."""
    hook: str
    """The webhook's name."""
    event: WebhookEvent
    revision: int | None = None
    """Of the transcript that a message is about."""
    again: int = 0
    """How often it had been attempted when somebody asked for it to be sent again; 0 where nobody did."""
    idle_since: AwareDatetime | None = None
    """Since when nothing has come to follow; set by the workflow itself when it continues as new."""

    @classmethod
    def about_revision(cls, call: str, hook: str, revision: int) -> Self:
        """The message to `hook` that revision `revision` of the transcript is sealed."""
        id_ = delivery_id(WebhookEvent.SEALED, call, hook, revision)
        return cls(id=id_, call=call, hook=hook, event=WebhookEvent.SEALED, revision=revision)

    @classmethod
    def to_follow(cls, call: str, hook: str) -> Self:
        """The segments of the call to `hook`, as they are stored."""
        id_ = delivery_id(WebhookEvent.SEGMENTS, call, hook)
        return cls(id=id_, call=call, hook=hook, event=WebhookEvent.SEGMENTS)

    @classmethod
    def again_of(cls, *, id_: str, call: str, hook: str, event: str, revision: int | None, attempts: int) -> Self:
        """The delivery that the transcript store knows by these, once more: with the same `webhook-id`.

        A message is sent as it was. A webhook that follows the call goes on where it was given up; one that has had
        everything gets it from the first segment.
        """
        again = max(attempts, 1)
        return cls(id=id_, call=call, hook=hook, event=WebhookEvent(event), revision=revision, again=again)

    @property
    def workflow_id(self) -> str:
        """The id of the workflow that delivers it. Two people who ask for the same at once get one workflow, and a call
        is followed by one workflow at a time.
        """
        about = "segments" if self.event is WebhookEvent.SEGMENTS else f"revision-{self.revision}"
        again = f"-again-{self.again}" if self.again and self.event is not WebhookEvent.SEGMENTS else ""
        return f"{DELIVERY_ID_PREFIX}{self.call}-{self.hook}-{about}{again}"


class DeliveryOutcome(Frozen):
    """What a delivery ends with. One that failed does not fail its workflow: nobody waits for it."""

    id: str
    delivered: bool
    reason: str = ""
    """Why it was given up."""


class FeedProgress(Frozen):
    """Result of `deliver_segments`, which follows a call for a while."""

    messages: int
    """Delivered meanwhile."""
    over: bool
    """Whether the transcript is sealed and all of it delivered."""


class GivenUp(Frozen):
    """Argument of `give_up_delivery`."""

    id: str
    reason: str
    """In a sentence."""


def delivery_id(event: WebhookEvent, call: str, hook: str, revision: int | None = None) -> str:
    """The id of a delivery: the same whoever makes it, and however often. 36 characters, letters, digits and `_`."""
    named = "\x1f".join((event.value, call, hook, str(revision or "")))
    return f"msg_{hashlib.sha256(named.encode()).hexdigest()[:32]}"


def batch_id(feed: str, round_: int, batch: int) -> str:
    """The `webhook-id` of a batch of segments: `feed` is its delivery's id, `round_` how often that has begun."""
    return f"{feed}_{round_}_{batch}"
