"""The questions of docs/temporal-web-ui.md, asked of a real server with a real call on it."""

import re
from pathlib import Path
from typing import Final

import pytest
from temporalio.client import Client

from callscribe.contracts import names
from callscribe.contracts.commands import HangUp
from tests.end_to_end.stack import CallStack, Script
from tests.support.eventually import eventually

ROOT = Path(__file__).resolve().parent.parent.parent
QUESTIONS: Final = dict(
    re.findall(r"^\| ([^|]+) \| `(.+)` \|$", (ROOT / "docs" / "temporal-web-ui.md").read_text(), re.MULTILINE)
)
LIVE = "calls that are under way"


async def test_every_question_is_one_that_the_server_understands(client: Client) -> None:
    """Names, types and operators."""
    assert len(QUESTIONS) >= 8
    for query in QUESTIONS.values():
        await client.count_workflows(query)


def test_the_table_of_attributes_is_the_one_of_the_contracts() -> None:
    """Each with its type."""
    text = (ROOT / "docs" / "temporal-web-ui.md").read_text()
    assert dict(re.findall(r"^\| `(\w+)` \| (\w+) \|", text, re.MULTILINE)) == names.SEARCH_ATTRIBUTES


@pytest.mark.timeout(120)
async def test_a_call_is_found_by_what_becomes_of_it(stack: CallStack, client: Client) -> None:
    """Live; with a gap once its socket has dropped; partial in the end, on its day, and nowhere else."""
    key, number = "found", "+12025550147"

    async def found(question: str) -> bool:
        query = f"{QUESTIONS[question]} AND WorkflowId = '{names.workflow_id(key)}'"
        return (await client.count_workflows(query)).count > 0

    drop = {"kind": "drop", "at_ms": 1450, "how": "abort", "pause": 1.0}
    script = Script.of("found", [f"This is sentence number {each}." for each in range(12)])
    await stack.plan(number, script=script.text, speed=2, faults={"calls": [drop]})
    handle = await stack.start(key, number, transcription={"locale": "en-US"})
    await stack.reaches(key, "transcribing")
    await eventually(lambda: found(LIVE))
    assert not await found("calls in German")
    await stack.spoken(key)
    await eventually(lambda: found("live calls with a gap"))
    await stack.update(key, names.UPDATE_HANG_UP, HangUp())
    result = await handle.result()
    assert result.verdict.kind == "partial"
    await eventually(lambda: closed(client, key))
    assert not await found(LIVE)
    day = f"{result.started_at:%Y-%m-%d}"
    partial = "Verdict = 'partial' AND CallStartedAt >= '{0}T00:00:00Z' AND CallStartedAt <= '{0}T23:59:59Z'"
    query = f"{partial.format(day)} AND WorkflowId = '{names.workflow_id(key)}'"
    await eventually(lambda: counted(client, query))
    assert not await found("calls that brought no text")


async def closed(client: Client, key: str) -> bool:
    """Whether visibility knows that the call's workflow has ended."""
    return await counted(client, f"WorkflowId = '{names.workflow_id(key)}' AND ExecutionStatus = 'Completed'")


async def counted(client: Client, query: str) -> bool:
    """Whether anything is found."""
    return (await client.count_workflows(query)).count > 0
