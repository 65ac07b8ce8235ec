"""Naming who is on a call, without a server."""

from typing import Any

import pytest
from playwright.async_api import Page

NUMBER = {"id": "4:+12025550147", "name": "", "label": "+1 202 555 0147"}


@pytest.mark.parametrize(("typed", "asked"), [(None, []), ("", [""]), (" Dana ", ["Dana"])])
async def test_a_label_that_is_left_as_it_is_becomes_no_name(
    modules: Page, typed: str | None, asked: list[str]
) -> None:
    """Whoever opens the field and saves has said nothing; an empty name takes one back."""
    told: list[Any] = await modules.evaluate(
        """async ([participant, typed]) => {
            const {Participants} = await import("/participants.js");
            const holder = document.createElement("section");
            document.body.innerHTML = '<div id="announcer"></div>';
            document.body.append(holder);
            const asked = [];
            window.fetch = async (path, {body}) => {
                asked.push(JSON.parse(body).name);
                return new Response(JSON.stringify([participant]));
            };
            const done = new Promise((resolve) => {
                const people = new Participants(holder, "order-7", true, {colour: () => "speaker-0"}, resolve);
                people.update([participant], new Map());
            });
            holder.querySelector(".rename").click();
            if (typed !== null) holder.querySelector("input").value = typed;
            holder.querySelector("form").requestSubmit();
            if (holder.querySelector("form")) await done;
            return [asked, holder.querySelector("form") === null, document.activeElement.className];
        }""",
        [NUMBER, typed],
    )
    assert told == [asked, True, "quiet rename"]
