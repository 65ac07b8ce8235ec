"""A row of the list, without a server."""

from playwright.async_api import Page

DANA = "\u05d3\u05e0\u05d4"
"""A name that is written from right to left."""


async def test_a_name_from_right_to_left_moves_nothing_beside_it(modules: Page) -> None:
    """Names stand in their order, and words after who said them."""
    order = await modules.evaluate(
        """async (dana) => {
            const {Row} = await import("/rows.js");
            const who = (label) => ({id: label, name: label, label});
            const call = {
                key: "order-7", live: true, state: "transcribing", locale: "he-IL", locales: [], segments: 1,
                participants: [who(dana), who("7 Dials"), who("Bob")], started_at: "2026-01-01T00:00:00Z",
                ended_at: null, last_words: {participant: who(dana), text: "50 of them.", at: "2026-01-01T00:00:01Z"},
                verdict: null, revision: 0, gap: false,
            };
            const row = new Row(call);
            row.update(call, Date.parse(call.started_at));
            document.body.replaceChildren(row.element);
            const left = (element, text) => {
                const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
                for (let node = walker.nextNode(); node; node = walker.nextNode()) {
                    const at = node.data.indexOf(text);
                    if (at < 0) continue;
                    const range = document.createRange();
                    range.setStart(node, at);
                    range.setEnd(node, at + text.length);
                    return range.getBoundingClientRect().left;
                }
            };
            const {who: names, words} = row;
            return [[dana, "7", "Dials", "Bob"].map((each) => left(names, each)), [dana, "50", "of"].map((each) => left(words, each))];
        }""",
        DANA,
    )
    assert [sorted(places) for places in order] == order
