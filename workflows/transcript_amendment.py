"""The `TranscriptAmendment` workflow: takes what comes after a call's transcript is sealed, and seals the next revision.

Ingest starts it with the first late chunk, or with the closing of a stream that outlived its call. It speaks to ingest as
the call's own workflow does (`storing`), goes on from the marks that the last sealing left, and ends when every stream
that brought something is whole, or its deadline has passed. Whatever comes later yet begins another one. Of a call that
was never sealed, because its workflow was terminated or is forgotten, it keeps the marks itself: it continues as new for
as long as something comes.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from temporalio import workflow
from temporalio.common import RawValue, SearchAttributeKey

with workflow.unsafe.imports_passed_through():
    from callscribe.contracts import names
    from callscribe.contracts.amendment import AmendmentRequest, AmendmentResult, SealedCall
    from callscribe.contracts.carried import CarriedState
    from callscribe.contracts.chunks import CloseStream, StreamReceipt
    from callscribe.transcript.facts import Verdict
    from callscribe.transcript.model import Segment
    from workflows import amending, ledger, outward, webhooks
    from workflows.storing import Storing
    from workflows.waiting import until

MOST_EVENTS = 2000
"""History events after which it seals and ends, as a call's run continues as new: a replay stays under a second."""
_VERDICT = SearchAttributeKey.for_keyword(names.ATTRIBUTE_VERDICT)


class Amended:
    """The ledger of an amendment, in the form that `Storing` keeps it."""

    def __init__(self, key: str) -> None:
        self.key = key
        self.sealed = SealedCall(key=key)
        self.state: CarriedState = amending.taken_up(self.sealed, workflow.now())
        self.tail: deque[Segment] = deque(maxlen=0)  # no query asks for it
        self.verdict: Verdict | None = None

    def take_up(self, sealed: SealedCall, carried: CarriedState | None) -> None:
        """Go on from what was sealed; where nothing was, from what the run before has carried."""
        self.sealed = sealed
        self.state = amending.taken_up(sealed, workflow.now())
        if carried is not None and not self.was_sealed:
            self.state = carried
        self.show()

    @property
    def was_sealed(self) -> bool:
        """Whether there is anything to amend."""
        return self.sealed.result is not None

    def is_whole(self) -> bool:
        """Whether all of every stream that brought something is stored."""
        return all(ledger.is_whole(stream) for stream in amending.brought(self.sealed, self.state))

    def show(self) -> None:
        """Bring the current details up to date."""
        facts = amending.amended(self.sealed, self.state)
        count = facts.counts.amended if facts else self.state.counts.stored
        lines = [
            f"Amends call `{self.key}`, sealed as revision {self.sealed.revision}.",
            f"{count} segments came after the sealing.",
        ]
        if self.verdict:
            lines.insert(0, f"**{self.verdict.kind}**: {self.verdict.reason}")
        workflow.set_current_details("\n\n".join(lines))


@workflow.defn(name=names.AMENDMENT_WORKFLOW)
class TranscriptAmendment:
    """Owns what is said of a call after its own workflow has ended."""

    @workflow.init
    def __init__(self, request: AmendmentRequest) -> None:
        self._books = Amended(names.amended_key(workflow.info().workflow_id))
        self._storing = Storing(self._books)
        self._most = request.most_chunks
        self._carried = request.carried
        self._signals = 0
        self._asked = False
        self._taken_up = False
        self._cancelled = False

    @workflow.run
    async def run(self, request: AmendmentRequest) -> AmendmentResult:
        """Store what comes, then judge the transcript anew; the result says which revision it is now."""
        storing = asyncio.create_task(self._store())
        life = asyncio.create_task(self._live(request))
        while not life.done():
            try:
                await workflow.wait_condition(lambda: life.done() or storing.done())
            except asyncio.CancelledError:
                self._cancelled = True  # what is stored is sealed first
            if storing.done():
                storing.result()
        outcome = life.result()
        if isinstance(outcome, CarriedState):
            workflow.continue_as_new(request.model_copy(update={"carried": outcome}))
        return outcome

    async def _store(self) -> None:
        self._books.take_up(await outward.load_sealed(self._books.key), self._carried)
        self._storing.is_sealing = self._books.was_sealed
        self._taken_up = True
        await self._storing.run()

    async def _live(self, request: AmendmentRequest) -> AmendmentResult | CarriedState:
        """Until nothing more is to come; a `CarriedState` asks for a new run."""
        await workflow.wait_condition(lambda: self._taken_up)
        deadline = workflow.info().start_time + request.close_timeout
        await until(self._is_ending, deadline - workflow.now(), "wait for the last words")
        if not self._books.was_sealed and self._signals > 0 and not self._cancelled:
            await workflow.wait_condition(lambda: self._storing.is_idle() and workflow.all_handlers_finished())
            if not self._books.is_whole():
                return self._books.state.model_copy(update={"runs": self._books.state.runs + 1})
        while True:
            await workflow.wait_condition(self._storing.is_idle)
            state = self._books.state = webhooks.forget(self._books.state)
            result = await self._seal()
            await workflow.wait_condition(workflow.all_handlers_finished)
            if self._storing.is_idle() and not self._differs(state):
                return result
            self._books.verdict = None

    def _is_ending(self) -> bool:
        whole = (
            (self._signals > 0 or self._asked)
            and self._storing.is_idle()
            and self._books.is_whole()
            and workflow.all_handlers_finished()
        )
        history = workflow.info().get_current_history_length()
        return whole or self._cancelled or self._signals >= self._most or history >= MOST_EVENTS

    def _differs(self, before: CarriedState) -> bool:
        now = self._books.state
        return (now.streams, now.counts) != (before.streams, before.counts)

    async def _seal(self) -> AmendmentResult:
        """Write the next revision, where anything has changed."""
        books = self._books
        facts = amending.amended(books.sealed, books.state)
        result, revision = books.sealed.result, books.sealed.revision
        request = amending.sealing(books.sealed, books.state)
        if request is not None and amending.changes(books.sealed, books.state):
            result, revision = request.result, (await outward.seal(request)).revision
        if result is not None:
            books.verdict = result.verdict
            workflow.upsert_search_attributes([_VERDICT.value_set(result.verdict.kind)])
        books.show()
        return amending.outcome(books.sealed, result, revision, facts)

    @workflow.signal(name=names.SIGNAL_CHUNK, description="A batch of final segments, from ingest.")
    def transcript_chunk(self, raw: RawValue) -> None:
        """Put a `TranscriptChunk` in line."""
        self._signals += 1
        self._storing.put(raw)

    @workflow.signal(dynamic=True)
    def other_signal(self, name: str, _args: Sequence[RawValue]) -> None:
        """A signal of a name that nobody here knows: it changes nothing any more."""
        self._signals += 1
        workflow.logger.warning("unknown signal %s", name)

    @workflow.update(name=names.UPDATE_CLOSE_STREAM, description="Ingest has sent everything of a stream.")
    async def close_stream(self, command: CloseStream) -> StreamReceipt:
        """Wait for the stream's last chunks and say whether all of them are stored."""
        self._asked = True
        await workflow.wait_condition(lambda: self._taken_up)
        return await self._storing.close(command)
