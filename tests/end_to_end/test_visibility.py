"""The questions of docs/temporal-web-ui.md, asked of a real server with a real call on it."""

import re
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Final

import pytest
from temporalio.client import Client, WorkflowFailureError

from callscribe.contracts import names
from callscribe.contracts.amendment import AmendmentRequest
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
        return await answers(client, QUESTIONS[question], key)

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
    day = result.started_at
    that_day = of_day(QUESTIONS["partial calls of one day"], day)
    await eventually(lambda: answers(client, that_day, key))
    assert not await answers(client, of_day(QUESTIONS["partial calls of one day"], day - timedelta(days=1)), key)
    assert not await found("calls that brought no text")


async def test_a_call_is_found_by_its_language_and_by_having_brought_nothing(stack: CallStack, client: Client) -> None:
    """One in German, and one that was declined; neither is taken for the other."""
    german, failed = "in-german", "brought-nothing"
    questions = {german: "calls in German", failed: "calls that brought no text"}
    await stack.plan("+12025550148", silent=True, hangup_at_end=3600)
    await stack.plan("+12025550149", outcome="declined")
    await stack.start(german, "+12025550148", transcription={"locale": "de-DE"})
    handle = await stack.start(failed, "+12025550149", transcription={"locale": "en-US"})
    with pytest.raises(WorkflowFailureError):
        await handle.result()
    await stack.reaches(german, "transcribing")
    for key, question in questions.items():
        await eventually(partial(answers, client, QUESTIONS[question], key))
    assert not await answers(client, QUESTIONS[questions[german]], failed)
    assert not await answers(client, QUESTIONS[questions[failed]], german)
    amendment = await client.start_workflow(
        names.AMENDMENT_WORKFLOW,
        AmendmentRequest(close_timeout=timedelta(0)),
        id=names.amendment_id(failed),
        task_queue=stack.task_queue,
    )
    await amendment.result()
    await eventually(lambda: counted(client, f"Verdict = 'failed' AND WorkflowId = '{amendment.id}'"))
    assert not await counted(client, f"{QUESTIONS[questions[failed]]} AND WorkflowId = '{amendment.id}'"), "no call"
    await stack.update(german, names.UPDATE_HANG_UP, HangUp())


def of_day(query: str, at: datetime) -> str:
    """The documented query of a day, with the day of `at` in the place of its own."""
    first, second = re.findall(r"\d{4}-\d\d-\d\d", query)
    return query.replace(first, f"{at:%Y-%m-%d}").replace(second, f"{at + timedelta(days=1):%Y-%m-%d}")


async def answers(client: Client, query: str, key: str) -> bool:
    """Whether the call of that key is among those that the query finds."""
    return await counted(client, f"{query} AND WorkflowId = '{names.workflow_id(key)}'")


async def closed(client: Client, key: str) -> bool:
    """Whether visibility knows that the call's workflow has ended."""
    return await counted(client, f"WorkflowId = '{names.workflow_id(key)}' AND ExecutionStatus = 'Completed'")


async def counted(client: Client, query: str) -> bool:
    """Whether anything is found."""
    return (await client.count_workflows(query)).count > 0
