"""The order of what was said, as the page works it out: the same as in every export."""

import random
from collections import Counter
from typing import Any

import pytest
from playwright.async_api import Page

from callscribe.acs.ticks import MAX_TICKS
from callscribe.transcript.sequencing import order
from ingest.web import shapes
from tests.browser.modules import run, segment
from tests.callscribe.transcript.making import ALICE, BOB, stream
from tests.callscribe.transcript.making import segment as heard

SEEDS = 500
STREAMS = ("s1", "s2", "s3")
MOMENTS = (0, 0.25, 1, 3, 4.5, 8, 13, 21, 40)
INVERTED = MAX_TICKS - 638_000_000_000_000_000


def call_of(seed: int) -> dict[str, Any]:
    """A call on up to three sockets, talk-over, restarts, clocks that step back and both eras of offsets included: its
    segments in two helpings, what is known of its streams, and the order that exports give it.
    """
    chance = random.Random(seed)
    position: Counter[str] = Counter()
    segments = []
    for number in range(chance.randint(0, 14)):
        on = chance.choice(STREAMS)
        position[on] += 1
        words = heard(
            position[on],
            chance.choice([*MOMENTS, chance.uniform(0, 60)]),
            f"Words {number}.",
            who=chance.choice([ALICE, BOB]),
            duration=chance.choice([None, 0, 0.4, 2, 30]),
            received=round(chance.choice([0, 5, chance.uniform(0, 90), chance.uniform(0, 90)]), 3),
            on=on,
            subscription=chance.choice(["a", "a", "b", None]),
            base=chance.choice([0, 0, 0, INVERTED]),
        )
        segments.append(words)
    streams = [stream(name, 7 * number) for number, name in enumerate(STREAMS) if chance.random() < 0.5]
    shown = [shapes.segment(each, {}, ended_at=None, stored=True) for each in segments]
    chance.shuffle(shown)
    cut = chance.randint(0, len(shown))
    return {
        "seed": seed,
        "first": sorted(shown[cut:], key=lambda each: str(each["received_at"])),
        "then": shown[:cut],
        "streams": [{"id": each.id, "opened_at": shapes.instant(each.opened_at)} for each in streams],
        "early": chance.random() < 0.5,
        "expected": [f"{each.stream}:{each.position}" for each in order(segments, streams)],
    }


async def test_the_page_has_the_order_of_the_exports(modules: Page) -> None:
    """However a call's segments come, and whenever the page is told when streams opened."""
    cases = [call_of(seed) for seed in range(SEEDS)]
    found = await run(
        modules,
        "transcript.js",
        """a.map(({first, then, streams, early}) => {
            const t = new m.Transcript();
            if (early) t.open(streams);
            t.prepend(first, false);
            for (const each of then) {
                t.upsert(each);
                if (each.position % 2) t.takeChanged();
            }
            t.open(streams);
            return t.segments.map(each => each.id);
        })""",
        cases,
    )
    differing = [case["seed"] for case, ids in zip(cases, found, strict=True) if ids != case["expected"]]
    assert differing == []


async def after_each(modules: Page, told: str, segments: list[dict[str, Any]]) -> Any:
    """The expression `told` of a transcript `t` after each of the segments."""
    transcript = "const t = new m.Transcript();"
    feed = f"(() => {{ {transcript} return a.map(each => {{ t.upsert(each); return {told}; }}); }})()"
    return await run(modules, "transcript.js", feed, segments)


async def test_a_stream_counts_as_opened_by_its_earliest_word(modules: Page) -> None:
    """Where nobody told its opening and the clock stepped back behind its first word, and behind another's."""
    told = await after_each(
        modules,
        "t.segments.map(({id}) => id)",
        [
            segment(1, stream="one", minute=2, subscription="a"),
            segment(1, stream="two", minute=3, subscription="b"),
            segment(2, stream="two", minute=1, subscription="b", offset="1800000000"),
        ],
    )
    assert told == [["one:1"], ["one:1", "two:1"], ["two:1", "two:2", "one:1"]]


async def test_what_was_begun_before_is_put_before_what_is_there(modules: Page) -> None:
    """A long phrase that ends behind a short one: no more is drawn anew than what it stands before."""
    ana, ben = "4:+12025550147", "4:+12025550162"
    told = await after_each(
        modules,
        "(moves => [t.takeChanged(), moves, t.segments.map(({position}) => position)])(t.moves)",
        [
            segment(1, who=ana, minute=0.1, offset="0"),
            segment(2, who=ben, minute=0.2, offset="70000000"),
            segment(3, who=ana, minute=0.3, offset="60000000", duration="120000000"),
            segment(4, who=ben, minute=0.4, offset="190000000"),
        ],
    )
    assert told == [[0, False, [1]], [1, False, [1, 2]], [1, True, [1, 3, 2]], [3, False, [1, 3, 2, 4]]]


async def test_segments_stand_in_order_however_they_come(modules: Page) -> None:
    """Out of order, twice, stored later, from before: one place each, a stream after the other, by what their sockets said."""
    order = await run(
        modules,
        "transcript.js",
        """(() => {
            const t = new m.Transcript();
            const told = a.come.map(each => t.upsert(each));
            t.prepend(a.earlier, false);
            return {told, ids: t.segments.map(each => each.id), from: t.takeChanged(), then: t.takeChanged() === Infinity};
        })()""",
        {
            "come": [
                segment(5, minute=5),
                segment(3, minute=3),
                segment(4, minute=3),
                segment(5, minute=5),
                segment(5, minute=5, late=True),
                segment(1, minute=3, stream="r"),
            ],
            "earlier": [segment(1, minute=1), segment(2, minute=2), segment(3, minute=3)],
        },
    )
    assert order["told"] == ["new", "new", "new", "same", "changed", "new"]
    assert order["ids"] == ["s:1", "s:2", "s:3", "s:4", "s:5", "r:1"]
    assert (order["from"], order["then"]) == (0, True)


@pytest.mark.parametrize(
    ("fresh", "expected"),
    [
        ([4, 5, 6], ["s:1", "s:2", "s:3", "s:4", "s:5", "s:6"]),
        ([6, 7], ["s:6", "s:7"]),
    ],
)
async def test_a_load_that_joins_what_is_known_goes_on_from_it(
    modules: Page, fresh: list[int], expected: list[str]
) -> None:
    """Where the server begins anew, what a reader has scrolled back to stays; where something would be missing, not."""
    order, earlier = await run(
        modules,
        "transcript.js",
        """(() => {
            const [older, fresh] = [new m.Transcript(), new m.Transcript()];
            a.older.forEach(each => older.upsert(each));
            a.fresh.forEach(each => fresh.upsert(each));
            fresh.earlier = true;
            fresh.goOnFrom(older);
            return [fresh.segments.map(each => each.id), fresh.earlier];
        })()""",
        {"older": [segment(n, minute=n) for n in range(1, 6)], "fresh": [segment(n, minute=n) for n in fresh]},
    )
    assert order == expected
    assert earlier is (len(fresh) == 2)
