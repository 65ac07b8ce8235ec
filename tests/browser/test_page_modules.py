"""The page's pure modules, run where they run: in a browser, straight from their files."""

import itertools
import json
from typing import Any
from urllib.parse import unquote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.async_api import Page

from tests.browser.modules import run, segment


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("m.lapse(0)", "0:00"),
        ("m.lapse(59999)", "0:59"),
        ("m.lapse(3600000 * 142 + 54000)", "142:00:54"),
        ("m.lapse(-5)", "0:00"),
        ("m.moment(61000)", "1:01"),
        ("m.moment(-61000)", "\u22121:01"),
        ("m.moment(-999)", "0:00"),
        ("m.lengthWords(400)", "0.4 s"),
        ("m.lengthWords(2000)", "2 s"),
        ("m.lengthWords(184000)", "3 min 4 s"),
        ("m.lengthWords(7500000)", "2 h 5 min"),
        ("m.milliseconds('9223372036854775807')", 922337203685477),
        ("m.milliseconds(null)", 0),
        ("m.sameLocale('en-us', 'en-US')", True),
        ("m.sameLocale(null, 'en-US')", False),
        ("m.localeName('de-DE')", "German (Germany)"),
        ("m.localeName('not a locale')", "not a locale"),
        ("m.localeName(null)", ""),
        ("m.unbroken('+1 202 555 0147')", "+1\u00a0202\u00a0555\u00a00147"),
        ("m.unbroken('Ana of +1 202')", "Ana of +1 202"),
        ("m.counted(1, 'segment')", "1 segment"),
        ("m.counted(12345, 'segment')", "12,345 segments"),
        ("m.causeWords('unheard of')[0]", "unheard of"),
    ],
)
async def test_times_and_counts_in_words(modules: Page, expression: str, expected: Any) -> None:
    """Edges included: nothing, 64 bits, more than a hundred hours, what no browser knows."""
    assert await run(modules, "format.js", expression) == expected


@pytest.mark.parametrize(
    ("live", "locales", "expected"),
    [
        (True, ["en-US", "de-DE"], "de-DE"),
        (False, ["en-US", "de-DE"], "en-US \u2192 de-DE"),
        (False, ["de-DE", "de-de"], "de-DE"),
        (False, ["en-US", "de-DE"] * 3, "en-US, de-DE"),
        (False, [], "de-DE"),
    ],
)
async def test_the_locales_of_a_call(modules: Page, live: bool, locales: list[str], expected: str) -> None:
    """The one in force while it runs, all of them in turn once it is over."""
    call = {"live": live, "locale": "de-DE", "locales": [{"locale": each} for each in locales]}
    assert await run(modules, "format.js", "m.localesOf(a)", call) == expected


@pytest.mark.parametrize(
    "escaped", ["order%2F7", "a%20b%C3%BC", "100%", "100%25", "%ff", "%zz%41", "%C3", "a+b", "%EF%BB%BFx"]
)
async def test_a_key_in_an_address_is_read_as_the_server_reads_it(modules: Page, escaped: str) -> None:
    """Also from one that was typed by hand."""
    assert await run(modules, "api.js", "m.keyIn(a)", f"/calls/{escaped}") == unquote(escaped)


@pytest.mark.parametrize(
    ("before", "then", "fixed"),
    [("abc", "ac", 0), ("abcd", "d", 0), ("bc", "abc", 0), ("abc", "acd", 1), ("abc", "", 0), ("abc", "cab", 0)],
)
async def test_what_stays_is_moved_for_nothing_that_goes(modules: Page, before: str, then: str, fixed: int) -> None:
    """The one that has the focus keeps it, wherever others come and go; a number of the first are left alone."""
    order, focused = await modules.evaluate(
        """async ([before, then, fixed]) => {
            const {arrange, h} = await import("/dom.js");
            const made = Object.fromEntries([...before + then].map((each) => [each, h("button", {}, each)]));
            const parent = h("div", {}, ...[...before].map((each) => made[each]));
            document.body.replaceChildren(parent);
            const last = made[then.at(-1) ?? before[0]];
            last.focus();
            const wanted = [...then].slice(fixed).map((each) => made[each]);
            arrange(parent, wanted, fixed ? parent.children[fixed - 1] : null);
            return [parent.textContent, document.activeElement === last];
        }""",
        [before, then, fixed],
    )
    assert order == then
    assert focused == (then != "" and then[-1] in before)


EVENT = st.fixed_dictionaries(
    {
        "name": st.sampled_from(["segment", "status"]),
        "data": st.text(max_size=20),
        "id": st.text("0123456789-", max_size=6),
    }
)


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    events=st.lists(EVENT, max_size=6),
    cuts=st.lists(st.integers(0, 400), max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_events_are_read_whole_wherever_the_stream_is_cut(
    events: list[dict[str, str]], cuts: list[int], end: str
) -> None:
    """Parsing gives the events that were written, however the text arrives."""
    # Played in the browser below, all at once: an example each would cost a round trip each.
    text = "".join(
        f": ping{end}id: {one['id']}{end}event: {one['name']}{end}data: {json.dumps(one['data'])}{end}{end}"
        for one in events
    )
    places = [0, *sorted(min(cut, len(text)) for cut in cuts), len(text)]
    SSE_CASES.append(
        {
            "pieces": [text[a:b] for a, b in itertools.pairwise(places)] + (["\n"] if end == "\r" else []),
            "events": events,
        }
    )


SSE_CASES: list[dict[str, Any]] = []


async def test_the_written_events_are_what_the_browser_reads(modules: Page) -> None:
    """Every case that was made above."""
    read = await run(
        modules,
        "sse.js",
        "a.map(pieces => { const p = new m.SseParser(); return pieces.flatMap(each => p.feed(each)); })",
        [case["pieces"] for case in SSE_CASES],
    )
    for case, found in zip(SSE_CASES, read, strict=True):
        assert [{**one, "data": json.loads(one["data"])} for one in found] == case["events"]


@pytest.mark.parametrize(
    "locales",
    [
        [],
        [{"at": "2026-01-01T00:00:00Z", "locale": "en-US"}, {"at": "2026-01-01T00:02:03Z", "locale": "de-DE"}],
        [{"at": "2026-01-01T00:02:03Z", "locale": "de-DE"}],
    ],
)
async def test_layout_goes_on_where_it_was_left(modules: Page, locales: list[dict[str, str]]) -> None:
    """Laying out the tail anew gives what laying out everything gives; gaps and locales stand where they happened."""
    segments = [
        segment(n, minute=n / 10, who=f"4:+{n // 3 % 2}", locale="de-DE" if n > 20 else "en-us" if n % 2 else "en-US")
        for n in range(1, 31)
    ]
    gaps = [
        {"start": "2026-01-01T00:01:00.500Z", "end": "2026-01-01T00:01:03Z", "cause": "paused", "note": ""},
        {"start": "2026-01-01T09:00:00Z", "end": "2026-01-01T09:00:03Z", "cause": "unreadable", "note": ""},
    ]
    kinds, same = await modules.evaluate(
        """async ({segments, gaps, locales}) => {
            const {Transcript} = await import("/transcript.js");
            const {layout} = await import("/layout.js");
            const t = new Transcript();
            segments.forEach(each => t.upsert(each));
            const whole = layout(t.segments, gaps, locales);
            const tails = whole.map((item, at) => at && item.kind === "utterance" ? layout(t.segments, gaps, locales, item.begin) : null);
            const plain = items => JSON.stringify(
                items.map(({continued, ...rest}) => rest), (_, value) => typeof value === "bigint" ? `${value}` : value
            );
            return [whole.map(each => each.kind), tails.every((tail, at) => !tail || plain(tail) === plain(whole.slice(at)))];
        }""",
        {"segments": segments, "gaps": gaps, "locales": locales},
    )
    assert same
    assert kinds.count("gap") == 2
    assert kinds.count("locale") == 1, "a change of case is no change of locale"
    assert kinds[-1] == "gap"


def in_force(locale: str, second: float) -> dict[str, str]:
    """A locale as the server tells it, in force since `second` of an imagined call."""
    return {"at": f"2026-01-01T00:00:{second:06.3f}Z", "locale": locale}


EN, DE, EN_AGAIN = in_force("en-US", 0), in_force("de-DE", 20), in_force("en-US", 40)


@pytest.mark.parametrize(
    ("told", "said", "drawn", "flags"),
    [
        ([EN, DE, EN_AGAIN], [("en-US", 10)], ["10", "de-DE", "en-US"], [0, 20, 40]),  # nobody speaks any more
        ([EN, DE, EN_AGAIN], [("en-US", 10), ("en-US", 50)], ["10", "de-DE", "en-US", "50"], [0, 20, 40]),
        ([EN, DE], [("en-US", 20.5), ("de-DE", 30)], ["20.5", "de-DE", "30"], [0, 20]),  # begun before the change
        ([EN, DE], [("en-us", 10), ("de-DE", 19.5)], ["10", "de-DE", "19.5"], [0, 20]),  # heard before it was told
        ([EN], [("en-US", 10), ("de-DE", 30)], ["10", "30"], [0]),
        ([DE], [("fr-FR", 5), ("en-US", 10)], ["5", "en-US", "10", "de-DE"], [4, 9, 20]),  # older ones are forgotten
        ([], [("en-US", 10), ("de-DE", 30)], ["10", "de-DE", "30"], [9, 29]),
        ([EN, DE], [], ["de-DE"], [0, 20]),
    ],
)
async def test_locales_stand_where_they_came_into_force(
    modules: Page, told: list[dict[str, str]], said: list[tuple[str, float]], drawn: list[str], flags: list[float]
) -> None:
    """As the call tells, else by what is said; once each, in the text and on the timeline."""
    segments = [
        segment(n, minute=second / 60, who=f"4:+{n}", locale=locale, text=f"{second:g}")
        for n, (locale, second) in enumerate(said, 1)
    ]
    items, found = await modules.evaluate(
        """async ({segments, told}) => {
            const {Transcript} = await import("/transcript.js");
            const {layout} = await import("/layout.js");
            const {locales} = await import("/timeline_model.js");
            const t = new Transcript();
            segments.forEach(each => t.upsert(each));
            const zero = Date.parse("2026-01-01T00:00:00Z");
            return [
                layout(t.segments, [], told).map(each => each.kind === "locale" ? each.locale : each.segments[0].text),
                locales(t.segments, told).map(each => (each.at - zero) / 1000),
            ];
        }""",
        {"segments": segments, "told": told},
    )
    assert items == drawn
    assert found == flags


async def test_locales_before_what_is_loaded_are_not_drawn(modules: Page) -> None:
    """The last of them is in force where the known words begin, and so is not a change there."""
    told = [EN, DE, EN_AGAIN]
    kept = "m.localesToDraw(a.told, a.segments, {}).map(each => each.locale)"
    segments = [{"at": 1_767_225_600_000 + 30_000}]
    arguments = {"told": told, "segments": segments}
    assert await run(modules, "layout.js", kept.format("true"), arguments) == ["de-DE", "en-US"]
    assert await run(modules, "layout.js", kept.format("false"), arguments) == ["en-US", "de-DE", "en-US"]
    assert await run(modules, "layout.js", kept.format("true"), {"told": told, "segments": []}) == [
        "en-US",
        "de-DE",
        "en-US",
    ]


async def test_timeline_draws_pixels_not_segments(modules: Page) -> None:
    """Ten thousand segments on 300 pixels are at most 300 shapes; the axis has round times, apart from each other."""
    shapes, axis, with_before = await modules.evaluate(
        """async (segments) => {
            const {Transcript} = await import("/transcript.js");
            const {axis, scale, spoken} = await import("/timeline_model.js");
            const t = new Transcript();
            t.prepend(segments, false);
            const span = {from: t.segments[0].at, to: t.segments.at(-1).at};
            const before = {from: span.from - 7_200_000, to: span.to};
            return [
                spoken(t.segments, scale(span, 0, 300).x).length,
                axis(span, span.from, 300, 80),
                axis(before, span.from, 300, 80),
            ];
        }""",
        [segment(n, minute=n / 50) for n in range(10_000)],
    )
    assert shapes <= 300
    assert axis == [0, 3_600_000, 7_200_000, 10_800_000]
    assert with_before == [-7_200_000, 0, 7_200_000], "round from zero, also before it"


@pytest.mark.parametrize(
    ("live", "offered", "told"),
    [
        (True, {}, "Nothing is stored yet."),
        (False, {}, "Nothing is stored."),
        (True, {"vtt": "/x.vtt"}, "As it is stored so far."),
        (False, {"vtt": "/x.vtt"}, ""),
    ],
)
async def test_what_can_be_taken_away(modules: Page, live: bool, offered: dict[str, str], told: str) -> None:
    """A link for each form, or that there is nothing yet."""
    holder = "((at) => (m.downloads(at, a, {}), [at.querySelector('p')?.textContent ?? '', at.querySelectorAll('a').length]))"
    detail = {"live": live, "downloads": offered}
    shown = await run(modules, "about.js", f"{holder}(document.createElement('section'))", detail)
    assert shown == [told, len(offered)]


async def test_a_connection_that_stays_lost_is_told_once(modules: Page) -> None:
    """Every attempt to connect again fails alike: screen readers are not told of each."""
    told = await modules.evaluate(
        """async () => {
            const {h} = await import("/dom.js");
            const {ApiError} = await import("/api.js");
            const {Connection} = await import("/connection.js");
            const [announcer, state] = [h("p", {id: "announcer"}), h("p")];
            document.body.append(announcer, state);
            const seen = new MutationObserver(() => {});
            for (const each of [announcer, state]) seen.observe(each, {childList: true});
            const connection = new Connection(state, h("p"), h("p"), Date.now);
            const fail = () => connection.tell("reconnecting", new ApiError(0, "The connection was lost.", ""));
            fail();
            const first = seen.takeRecords().length;
            fail();
            fail();
            announcer.remove();
            return [first, seen.takeRecords().length, announcer.textContent, state.textContent.slice(0, 12)];
        }"""
    )
    assert told == [2, 0, "Reconnecting …", "Reconnecting"]


async def test_a_call_of_whose_end_nobody_knows_ends_with_its_last_words(modules: Page) -> None:
    """One that Temporal has forgotten does not grow for ever; a running one does."""
    said = [{"at": 1_767_225_600_000 + second * 1000} for second in (90, 30)]
    call = {"zero_at": "2026-01-01T00:00:00Z", "ended_at": None}
    extent = "(({from, to}) => (to - from) / 1000)(m.extent(a.call, [], a.said, a.now))"
    for live, length in ((False, 90), (True, 86_400)):
        arguments = {"call": call | {"live": live}, "said": said, "now": 1_767_225_600_000 + 86_400_000}
        assert await run(modules, "timeline_model.js", extent, arguments) == length
    arguments = {"call": call | {"live": False}, "said": [], "now": 0}
    assert await run(modules, "timeline_model.js", extent, arguments) == 1


async def test_nobody_speaks_for_ever(modules: Page) -> None:
    """Where no final ever comes, what was being said goes once nothing was added to it for long."""
    expired = await modules.evaluate(
        """async () => {
            const {h} = await import("/dom.js");
            const {Captions} = await import("/captions.js");
            const {Speakers} = await import("/speakers.js");
            const captions = new Captions(h("ol"), h("ol"), new Speakers());
            const at = Date.parse("2026-01-01T00:00:00Z");
            const say = (id, later) => captions.hear({stream: "s", participant: {id}, text: "Well", at: new Date(at + later).toISOString()});
            say("a", 0);
            say("b", 0);
            say("b", 20_000);
            return [29_000, 31_000, 32_000, 51_000].map(later => captions.expire(at + later));
        }"""
    )
    assert expired == [False, True, False, True]
