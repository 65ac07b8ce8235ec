"""What may become of a call, as facts: at random, and by hand."""

from hypothesis import strategies as st

from callscribe.transcript.facts import CallFacts, Counts, Gap, GapCause, Interval, StreamFacts, Unreadable
from tests.callscribe.transcript.making import at

END = 100


def on(start: float, end: float | None = None) -> Interval:
    """A stretch of time in seconds."""
    return Interval(start=at(start), end=None if end is None else at(end))


def open_stream(name: str, opened: float, closed: float | None, mark: int = 3, last: int | None = 3) -> StreamFacts:
    """A stream that arrived whole unless said otherwise, at an ingest that had always listened."""
    return StreamFacts(
        id=name,
        opened_at=at(opened),
        listening_since=at(-100),
        closed_at=None if closed is None else at(closed),
        mark=mark,
        last_seq=last,
    )


seconds = st.integers(-5, END + 15)


@st.composite
def intervals(draw: st.DrawFn) -> tuple[Interval, ...]:
    """Random stretches, a few of them open."""
    pairs = draw(st.lists(st.tuples(seconds, st.one_of(st.none(), st.integers(0, 50))), max_size=3))
    return tuple(on(start, None if length is None else start + length) for start, length in pairs)


@st.composite
def histories(draw: st.DrawFn, *, told: bool = True) -> CallFacts:
    """A random history of streams, pauses, stops, failures and deliveries; often whole, so that every verdict turns up. ACS may
    have `told` of interruptions.
    """
    streams = tuple(
        StreamFacts(
            id=f"s{n}",
            opened_at=span.start,
            listening_since=draw(st.sampled_from([None, at(-100), at(1), at(3), at(50)])),
            closed_at=span.end,
            mark=min(mark, last or mark),
            last_seq=last,
            torn=draw(st.sampled_from([False, False, True])),
        )
        for n, (span, mark, last) in enumerate(
            draw(st.lists(st.tuples(stretch, st.just(3), st.sampled_from([3, 3, 3, 2, None, 5])), max_size=4))
        )
    )
    failures, interruptions = (
        tuple(
            Gap(start=span.start, end=span.end or at(END), cause=cause)
            for span in draw(st.one_of(st.just(()), intervals()))
            if (span.end or at(END)) >= span.start
        )
        for cause in (GapCause.TRANSCRIPTION_FAILED, GapCause.STREAM_INTERRUPTED)
    )
    unreadable = tuple(
        Unreadable(start=span.start, end=span.end or span.start, count=draw(st.integers(1, 3)))
        for span in draw(st.one_of(st.just(()), intervals()))
    )
    undated = draw(st.sampled_from([0, 0, 0, 2]))
    return CallFacts(
        connected_at=draw(st.sampled_from([None, at(0)])),
        ended_at=at(END),
        transcription=draw(st.one_of(st.just((on(2, END),)), intervals())),
        pauses=draw(st.one_of(st.just(()), intervals())),
        stops=draw(st.one_of(st.just(()), intervals())),
        failures=failures,
        interruptions=interruptions if told else (),
        streams=streams,
        unreadable=unreadable,
        counts=Counts(
            stored=draw(st.sampled_from([0, 7])), unreadable=undated + sum(span.count for span in unreadable)
        ),
        failure=draw(st.sampled_from([None, None, None, "no answer"])),
    )


stretch = st.tuples(seconds, st.one_of(st.none(), st.integers(0, 110))).map(
    lambda pair: on(pair[0], None if pair[1] is None else pair[0] + pair[1])
)
