"""What stands beside the captions: it changes while somebody uses it."""

from typing import Any

from playwright.async_api import Page

DETAIL: dict[str, Any] = {
    "live": True,
    "started_at": "2026-01-01T00:00:00Z",
    "connected_at": "2026-01-01T00:00:01Z",
    "ended_at": None,
    "end_reason": "",
    "segments": 1,
    "revision": 0,
    "counts": None,
    "workflow_id": "call-order/7",
    "call_connection_id": "connection-7",
    "server_call_id": None,
    "correlation_id": None,
    "steps": [{"name": "create_call", "started_at": "2026-01-01T00:00:00Z", "finished_at": None, "outcome": ""}],
    "streams": [
        {"id": one, "opened_at": "2026-01-01T00:00:00Z", "closed_at": None, "segments": 1, "close_reason": ""}
        for one in ("s1", "s2")
    ],
}


async def test_an_id_can_be_copied_while_words_come(modules: Page) -> None:
    """What is selected or focused stays; what differs is new."""
    later = {
        **DETAIL,
        "segments": 2,
        "server_call_id": "server-7",
        "streams": [DETAIL["streams"][0], {**DETAIL["streams"][1], "segments": 2}],
    }
    told = await modules.evaluate(
        """async ([before, later]) => {
            const {About} = await import("/about.js");
            const holder = document.createElement("section");
            document.body.append(holder);
            const about = new About(holder);
            about.update(before, Date.parse(before.started_at));
            const copy = holder.querySelector(".copy");
            copy.focus();
            getSelection().selectAllChildren(holder.querySelector("code"));
            const stream = holder.querySelector(".steps code");
            about.update(later, Date.parse(later.started_at));
            return {
                focused: document.activeElement === copy,
                selected: getSelection().toString(),
                streamStays: stream.isConnected,
                text: holder.querySelector("dl").textContent,
                streams: [...holder.querySelector(".steps").children].map((each) => each.textContent),
            };
        }""",
        [DETAIL, later],
    )
    assert told["focused"]
    assert told["selected"] == "call-order/7"
    assert told["streamStays"]
    assert "Stored2 segmentsWorkflowcall-order/7CopyConnectionconnection-7CopyServer callserver-7Copy" in told["text"]
    assert [text.endswith(f"{n} segment{'s' * (n > 1)}s{n}") for n, text in enumerate(told["streams"], 1)] == [True] * 2
