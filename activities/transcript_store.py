"""The transcript store as activities: save segments, seal a transcript. Both can be repeated at will."""

from collections.abc import Iterator
from contextlib import contextmanager

from temporalio import activity

from activities.errors import failure
from activities.webhook_announcing import Announcer
from callscribe.contracts.amendment import SealedCall, SealedReference
from callscribe.contracts.errors import ErrorType, Problem
from callscribe.contracts.steps import SaveOutcome, SaveSegments, SealOutcome, SealTranscript
from callscribe.runtime.store import StoreError, TranscriptStore


class TranscriptStoreActivities:
    """The activities of the transcript store, bound to one open store for the life of a worker process."""

    def __init__(self, store: TranscriptStore, announcer: Announcer | None = None) -> None:
        self._store = store
        self._announcer = announcer or Announcer(store)

    @activity.defn
    async def save_segments(self, request: SaveSegments) -> SaveOutcome:
        """Store segments and the streams that brought them; what is there already is counted, not stored again."""
        with reported():
            outcome = await self._store.save(request)
            return outcome.model_copy(update={"feeds": self._announcer.feeds})

    @activity.defn
    async def seal_transcript(self, request: SealTranscript) -> SealOutcome:
        """Write the call's end and verdict beside its segments, and keep what webhooks are to be sent of it."""
        with reported():
            outcome = await self._store.seal(request)
            return outcome.model_copy(update={"hooks": await self._announcer.sealed(request, outcome)})

    @activity.defn
    async def load_sealed(self, request: SealedReference) -> SealedCall:
        """What the newest sealed revision of a call says, and why."""
        with reported():
            return await self._store.sealed(request.key)


@contextmanager
def reported() -> Iterator[None]:
    """A `StoreError` as an error that Temporal repeats for ever: words wait for it."""
    try:
        yield
    except StoreError as error:
        problem = Problem(message=error.message, advice=error.advice)
        raise failure(ErrorType.STORE, problem, retryable=True) from None
