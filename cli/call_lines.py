"""Calls as lines of a list: from Temporal, which knows those that run, and from the store, which knows how they ended."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Final

from temporalio.client import Client, WorkflowExecution, WorkflowExecutionStatus
from temporalio.common import SearchAttributeKey

from callscribe.acs.locales import in_turn, is_of_locale
from callscribe.contracts import names
from callscribe.model import Frozen
from callscribe.runtime.store import CallFilter, StoredCall, StoreError, open_store
from callscribe.transcript.facts import VerdictKind
from cli.console import complain

STORE_WITHIN: Final = 5.0
"""Seconds for the store; a list without it is worth more than a list later."""
LOOKING_S: Final = 2.5
"""How long calls that fit are looked for in the store, page by page."""
_WITH_GAPS: Final = (VerdictKind.PARTIAL, VerdictKind.EMPTY)
"""The verdicts on calls in which words may be missing; of the others only pauses are known."""
_PAGE: Final = 200
_OURS: Final = f"WorkflowType = '{names.WORKFLOW}'"
_OVER: Final = "ExecutionStatus != 'Running' AND ExecutionStatus != 'ContinuedAsNew'"

if TYPE_CHECKING:
    from callscribe.runtime.store import TranscriptStore


class CallLine(Frozen):
    """One call in a list."""

    key: str
    state: str
    locale: str
    """The one in force, or the last one."""
    locales: tuple[str, ...] = ()
    """Of a sealed call all that were in force, in turn."""
    verdict: str
    """As the newest revision of the transcript has it; empty until there is one."""
    has_gap: bool = False
    """Whether words may be missing, as far as is known; a pause is none."""
    participants: int | None = None
    started_at: datetime
    """When the call was asked for."""
    ended_at: datetime | None = None

    @property
    def live(self) -> bool:
        """Whether its workflow runs."""
        return self.ended_at is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which calls are wanted: those that fit everything that is set."""

    live_only: bool = False
    verdict: VerdictKind | None = None
    locale: str | None = None
    """`de-DE`, or `de` for every German one."""
    with_gap: bool = False
    since: datetime | None = None

    def query(self, *, running: bool) -> str:
        """The calls in Temporal's words."""
        clauses = [_OURS, "ExecutionStatus = 'Running'" if running else _OVER]
        if self.verdict:
            clauses.append(f"{names.ATTRIBUTE_VERDICT} = '{self.verdict}'")
        if self.locale:
            one = f"{names.ATTRIBUTE_LOCALE} = '{self.locale}'"
            several = f"{names.ATTRIBUTE_LOCALE} STARTS_WITH '{self.locale}-'"
            clauses.append(f"({one} OR {several})")
        if self.with_gap:
            clauses.append(f"{names.ATTRIBUTE_HAS_GAP} = true")
        if self.since:
            clauses.append(f"{names.ATTRIBUTE_STARTED} >= '{self.since.isoformat()}'")
        return " AND ".join(clauses)

    def fits(self, line: CallLine) -> bool:
        """Whether a call is wanted, by the newest that is known of it."""
        return (
            (line.live or not self.live_only)
            and (self.verdict is None or line.verdict == self.verdict)
            and (not self.locale or is_of_locale(line.locale, self.locale))
            and (line.has_gap or not self.with_gap)
            and (self.since is None or line.started_at >= self.since)
        )


async def call_lines(client: Client, store_url: str, wanted: Wanted, limit: int) -> list[CallLine]:
    """At most `limit` calls, live ones first, then the newest. A store that is away costs what it alone knows."""
    found = {line.key: line async for line in _listed(client, wanted.query(running=True), limit)}
    if not wanted.live_only and len(found) < limit:
        found |= {line.key: line async for line in _listed(client, wanted.query(running=False), limit)}
    is_whole = True
    try:
        async with asyncio.timeout(STORE_WITHIN), await open_store(store_url) as store:
            await _amend(store, found)
            if not wanted.live_only:
                is_whole = await _add(store, found, wanted, limit)
    except (StoreError, TimeoutError) as error:
        reason = f" ({error})" if str(error) else ""
        complain(f"The transcript store does not answer{reason}: verdicts are those that Temporal knows.")
    if not is_whole:
        complain(
            "The transcript store holds many calls, and not all were looked at: add --locale, --verdict or --since."
        )
    fitting = [line for line in found.values() if wanted.fits(line)]
    return sorted(fitting, key=lambda line: (line.live, line.started_at, line.key), reverse=True)[:limit]


async def _listed(client: Client, query: str, limit: int) -> AsyncIterator[CallLine]:
    async for execution in client.list_workflows(query, limit=limit):
        yield line_of(execution)


async def _amend(store: "TranscriptStore", found: dict[str, CallLine]) -> None:
    """Put in what the store knows better of calls that are over."""
    over = frozenset(key for key, line in found.items() if not line.live)
    if over:
        for call in await store.calls(limit=len(over), where=CallFilter(keys=over)):
            if call.verdict is not None:
                found[call.key] = amended(found[call.key], call)


async def _add(store: "TranscriptStore", found: dict[str, CallLine], wanted: Wanted, limit: int) -> bool:
    """Add calls that fit in the store alone: amended since they ended, or forgotten by Temporal. Returns whether all were
    looked at that may be among the first `limit`.
    """
    until = asyncio.get_running_loop().time() + LOOKING_S
    verdicts = _WITH_GAPS if wanted.with_gap and wanted.verdict is None else (wanted.verdict,)
    looks = [await _add_those(store, found, wanted, limit, verdict, until) for verdict in verdicts]
    return all(looks)


async def _add_those(
    store: "TranscriptStore",
    found: dict[str, CallLine],
    wanted: Wanted,
    limit: int,
    verdict: VerdictKind | None,
    until: float,
) -> bool:
    """The same for one verdict, or for any. At least one page, and no more once the loop's clock says `until`."""
    where = CallFilter(live=False, verdict=verdict, locale=wanted.locale)
    after: str | None = None
    added = 0
    while added < limit:
        page = await store.calls(limit=_PAGE, where=where, after=after)
        for call in page:
            line = amended(None, call)
            if call.key not in found and wanted.fits(line):
                found[call.key] = line
            added += wanted.fits(line)
        if len(page) < _PAGE or (wanted.since is not None and page[-1].started_at < wanted.since):
            return True
        if added < limit and asyncio.get_running_loop().time() >= until:
            return False
        after = page[-1].cursor
    return True


def amended(line: CallLine | None, call: StoredCall) -> CallLine:
    """The line of a sealed call by the store; of what the store does not say, by Temporal."""
    gaps = call.verdict.gaps if call.verdict else ()
    return CallLine(
        key=call.key,
        state=line.state if line else (call.state or "sealed"),
        locale=call.locale or (line.locale if line else ""),
        locales=in_turn(each.locale for each in call.locales),
        verdict=call.verdict.kind if call.verdict else "",
        has_gap=any(gap.is_loss for gap in gaps),
        participants=len(call.participants),
        started_at=line.started_at if line else call.started_at,
        ended_at=call.ended_at or (line.ended_at if line else call.started_at),
    )


def line_of(execution: WorkflowExecution) -> CallLine:
    """The line of a call by its workflow's search attributes."""
    known = execution.typed_search_attributes

    def word(name: str) -> str:
        return known.get(SearchAttributeKey.for_keyword(name)) or ""

    state = word(names.ATTRIBUTE_STATE)
    running = execution.status is WorkflowExecutionStatus.RUNNING
    if not running and execution.status not in {WorkflowExecutionStatus.COMPLETED, None}:
        state = execution.status.name.lower() if execution.status else state
    return CallLine(
        key=names.call_key(execution.id),
        state=state or ("waiting for a worker" if running else "over"),
        locale=word(names.ATTRIBUTE_LOCALE),
        verdict=word(names.ATTRIBUTE_VERDICT),
        has_gap=bool(known.get(SearchAttributeKey.for_bool(names.ATTRIBUTE_HAS_GAP))),
        participants=known.get(SearchAttributeKey.for_int(names.ATTRIBUTE_PARTICIPANTS)),
        # The execution's own start is that of its newest run: a long call continues as new.
        started_at=known.get(SearchAttributeKey.for_datetime(names.ATTRIBUTE_STARTED)) or execution.start_time,
        ended_at=None if running else execution.close_time or execution.start_time,
    )
