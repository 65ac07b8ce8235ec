"""What viewers note of what they read."""

import asyncio
from unittest.mock import Mock

import pytest

from benchmarks.viewers.crowd import Speech
from benchmarks.viewers.speaking import FINAL, SpokenCall
from benchmarks.viewers.watching import Viewer, all_there


def event(kind: str, number: int) -> bytes:
    """A caption, as ingest sends it to pages."""
    return f'id: e-{number}\nevent: {kind}\ndata: {{"stream":"s","text":"m{number} and so on"}}\n\n'.encode()


def viewer_of(packets: int) -> Viewer:
    """A viewer of a call in which so many packets were sent, the first at the first second, and so on."""
    sent = {number: float(number) for number in range(1, packets + 1)}
    return Viewer(SpokenCall(key="call", rate=1.0, acs=Mock(), sent=sent))


@pytest.mark.parametrize("size", [1, 7, 10_000])
async def test_every_caption_is_seen_however_it_is_cut(size: int) -> None:
    """Also those that come again, which count as they came first, and beside what is no caption."""
    viewer, reader = viewer_of(3), asyncio.StreamReader()
    told = event("intermediate", 1) + b": ping\n\n" + event("segment", 2) + event("segment", 3)
    reading = asyncio.create_task(viewer.read(reader))
    for begin in range(0, len(told), size):
        reader.feed_data(told[begin : begin + size])
        await asyncio.sleep(0)
    reader.feed_eof()
    await reading
    assert list(viewer.seen) == [1, 2, 3]


async def test_a_final_that_does_not_come_fails_the_measurement() -> None:
    """An intermediate may be skipped, and is not missed."""
    viewer = viewer_of(2 * FINAL)
    viewer.seen = {FINAL: 1.0}
    with pytest.raises(TimeoutError, match=rf"has not been shown \[{2 * FINAL}\]"):
        await all_there([viewer], within=0.05)
    viewer.seen[2 * FINAL] = 2.0
    await all_there([viewer], within=0.05)


def test_only_what_was_said_meanwhile_counts() -> None:
    """Finals and the rest apart, in milliseconds, the beginning included and the end not."""
    viewer = viewer_of(2 * FINAL)
    viewer.seen = {number: at + 0.5 for number, at in viewer.call.sent.items()}
    speech = Speech(begin=2.0, end=2.0 * FINAL)
    assert speech.taken([viewer], finals=True) == [500.0]
    assert speech.taken([viewer, viewer], finals=False) == [500.0] * 2 * (2 * FINAL - 3)
