"""Calls listed from a real Temporal and a real store."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from temporalio.client import Client
from temporalio.common import SearchAttributeKey, SearchAttributePair, TypedSearchAttributes

from callscribe.contracts import names
from callscribe.contracts.status import CallResult
from callscribe.contracts.steps import SealTranscript
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.facts import Gap, GapCause, Verdict, VerdictKind
from cli.call_lines import CallLine, Wanted, call_lines
from tests.support.eventually import eventually

NOW = datetime.now(UTC).replace(microsecond=0)


def gap(cause: GapCause) -> Gap:
    """A second."""
    return Gap(start=NOW, end=NOW + timedelta(seconds=1), cause=cause)


def sealing(key: str, kind: VerdictKind, *gaps: Gap, locale: str = "xx-YY") -> SealTranscript:
    """A call's end with this verdict."""
    verdict = Verdict(kind=kind, reason="Because.", gaps=gaps)
    result = CallResult(key=key, verdict=verdict, locale=locale, started_at=NOW - timedelta(hours=2), ended_at=NOW)
    return SealTranscript(key=key, result=result, participants={"4:+1": "", "4:+2": ""}, streams=())


async def begin(client: Client, key: str, *, over: bool, locale: str, **attributes: Any) -> None:
    """A call that Temporal knows so, without a worker that would change it."""
    pairs: list[SearchAttributePair[Any]] = [
        SearchAttributePair(SearchAttributeKey.for_keyword(names.ATTRIBUTE_LOCALE), locale),
        SearchAttributePair(SearchAttributeKey.for_datetime(names.ATTRIBUTE_STARTED), NOW - timedelta(hours=1)),
        SearchAttributePair(SearchAttributeKey.for_int(names.ATTRIBUTE_PARTICIPANTS), 3),
    ]
    if verdict := attributes.get("verdict"):
        pairs.append(SearchAttributePair(SearchAttributeKey.for_keyword(names.ATTRIBUTE_VERDICT), verdict))
    if attributes.get("gap"):
        pairs.append(SearchAttributePair(SearchAttributeKey.for_bool(names.ATTRIBUTE_HAS_GAP), True))
    handle = await client.start_workflow(
        names.WORKFLOW,
        id=names.workflow_id(key),
        task_queue=f"nobody-{uuid.uuid4()}",
        search_attributes=TypedSearchAttributes(pairs),
    )
    if over:
        await handle.terminate()


@pytest.fixture
def url(tmp_path: Path) -> str:
    """A store of the test's own."""
    return f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"


async def listed(client: Client, url: str, count: int, **wanted: Any) -> list[CallLine]:
    """The calls that fit, once Temporal lists as many."""
    found: list[CallLine] = []

    async def enough() -> bool:
        found[:] = await call_lines(client, url, Wanted(**wanted), 50)
        return len(found) == count

    await eventually(enough)
    return found


async def test_live_calls_come_first_and_the_store_has_the_last_word(client: Client, url: str) -> None:
    """Of a call whose transcript was amended, and of one that Temporal has forgotten."""
    locale = f"x{uuid.uuid4().hex[:2]}-ZZ"
    running, over, gone = (f"{name}-{uuid.uuid4()}" for name in ("running", "over", "gone"))
    await begin(client, over, over=True, locale=locale, verdict="partial", gap=True)
    await begin(client, running, over=False, locale=locale, gap=True)
    async with await TranscriptStore.open(url) as store:
        await store.seal(sealing(over, VerdictKind.COMPLETE, gap(GapCause.PAUSED), locale=locale))
        await store.seal(sealing(gone, VerdictKind.EMPTY, locale=locale))

    lines = await listed(client, url, 3, locale=locale)
    assert [line.key for line in lines] == [running, over, gone]
    first, second, third = lines
    assert (first.live, first.has_gap, first.participants, first.verdict) == (True, True, 3, "")
    assert first.started_at == NOW - timedelta(hours=1)
    assert (second.verdict, second.has_gap, second.participants, second.state) == ("complete", False, 2, "terminated")
    assert (third.verdict, third.live) == ("empty", False)

    assert [line.key for line in await listed(client, url, 1, locale=locale, with_gap=True)] == [running]
    assert [line.key for line in await listed(client, url, 1, locale=locale, verdict=VerdictKind.COMPLETE)] == [over]
    assert await call_lines(client, url, Wanted(locale=locale, verdict=VerdictKind.PARTIAL), 50) == []
    assert [line.key for line in await listed(client, url, 1, locale=locale[:3], live_only=True)] == [running]
    recent = await listed(client, url, 2, locale=locale, since=NOW - timedelta(minutes=90))
    assert [line.key for line in recent] == [running, over]


async def test_gaps_are_looked_for_where_they_can_be(
    client: Client, url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A store of many whole calls is not read for one with a gap; where there is no end, the list says that there is none."""
    monkeypatch.setattr("cli.call_lines._PAGE", 2)
    monkeypatch.setattr("cli.call_lines.LOOKING_S", 0)
    locale = f"x{uuid.uuid4().hex[:2]}-VV"
    lost = gap(GapCause.STREAM_INTERRUPTED)
    async with await TranscriptStore.open(url) as store:
        await store.seal(sealing("a", VerdictKind.PARTIAL, lost, locale=locale))
        await store.seal(sealing("b", VerdictKind.EMPTY, lost, locale=locale))
        for number in range(3):
            await store.seal(sealing(f"whole-{number}", VerdictKind.COMPLETE, gap(GapCause.PAUSED), locale=locale))
        wanted = Wanted(locale=locale, with_gap=True)
        assert [line.key for line in await call_lines(client, url, wanted, 50)] == ["b", "a"]
        assert capsys.readouterr().err == ""
        for number in range(3):
            await store.seal(sealing(f"silent-{number}", VerdictKind.EMPTY, locale=locale))
        assert [line.key for line in await call_lines(client, url, wanted, 50)] == ["a"]
        assert "not all were looked at" in capsys.readouterr().err


async def test_a_store_that_is_away_costs_only_what_it_knows(
    client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    """The list is there, and a line says what may be wrong with it."""
    locale = f"x{uuid.uuid4().hex[:2]}-WW"
    await begin(client, f"k-{uuid.uuid4()}", over=True, locale=locale, verdict="partial", gap=True)
    (line,) = await listed(client, "postgresql+asyncpg://nobody@127.0.0.1:1/none", 1, locale=locale)
    assert (line.verdict, line.has_gap, line.participants) == ("partial", True, 3)
    assert "The transcript store does not answer" in capsys.readouterr().err
