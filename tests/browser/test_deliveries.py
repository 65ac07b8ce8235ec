"""Webhook deliveries beside the captions, without a server."""

from typing import Any

from playwright.async_api import Page

AT = "2026-01-01T00:00:00Z"


def _delivery(id_: str, state: str) -> dict[str, Any]:
    return {
        "id": id_,
        "hook": "archive",
        "event": "transcript.sealed",
        "revision": 1,
        "state": state,
        "attempts": 8,
        "last_status": 503,
        "last_error": "",
        "created_at": AT,
        "updated_at": AT,
        "delivered_at": None,
    }


async def test_whoever_sends_again_by_keyboard_stays_there(modules: Page) -> None:
    """Also while the button is gone, and when another delivery changes."""
    rounds = [
        [_delivery("one", "failed"), _delivery("two", "failed")],
        [_delivery("one", "delivered"), _delivery("two", "failed")],
        [_delivery("one", "delivered"), _delivery("two", "pending")],
        [_delivery("one", "delivered"), _delivery("two", "failed")],
    ]
    focused = await modules.evaluate(
        """async ([rounds, at]) => {
            const {Deliveries} = await import("/deliveries.js");
            const holder = document.createElement("section");
            document.body.replaceChildren(holder);
            window.fetch = async () => new Response(JSON.stringify({deliveries: rounds.shift()}));
            const shown = new Deliveries(holder, "order-7", true, () => Date.parse(at));
            const focused = [];
            while (rounds.length) {
                await shown.refresh();
                if (rounds.length === 3) holder.querySelectorAll("button")[1].focus();
                const here = document.activeElement;
                focused.push([here.tagName, [...holder.querySelectorAll("li")].indexOf(here.closest("li"))]);
            }
            return focused;
        }""",
        [rounds, AT],
    )
    assert focused == [["BUTTON", 1], ["BUTTON", 1], ["LI", 1], ["BUTTON", 1]]
