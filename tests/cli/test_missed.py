"""What the store has of the time in which ingest did not answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.steps import SaveSegments
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.model import Segment
from cli.missed import Missed

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def said(position: int, at: float) -> Segment:
    """Something said `at` seconds after `NOW`."""
    received = NOW + timedelta(seconds=at)
    return Segment(
        stream="s",
        position=position,
        participant="4:+1",
        text=f"Words {position}",
        offset=position,
        received_at=received,
    )


async def texts(missed: Missed, newest: datetime | None) -> list[str]:
    """What it finds."""
    return [caption.text async for caption in missed.captions(newest)]


async def test_the_store_is_read_on_from_where_it_was(tmp_path: Path) -> None:
    """Nothing from long before the newest caption; nothing that was found before."""
    url = f"sqlite+aiosqlite:///{tmp_path / 'store.sqlite'}"
    opening = StreamOpening(id="s", opened_at=NOW)
    missed = Missed(url, "k")
    async with await TranscriptStore.open(url) as store:
        await store.save(SaveSegments(key="k", streams=(opening,), segments=(said(1, 0), said(2, 300))))
        assert await texts(missed, NOW + timedelta(seconds=310)) == ["Words 2"]
        await store.save(SaveSegments(key="k", streams=(opening,), segments=(said(3, 320),)))
        assert await texts(missed, NOW + timedelta(seconds=310)) == ["Words 3"]
    assert await texts(Missed(url, "k"), None) == ["Words 1", "Words 2", "Words 3"]


async def test_a_store_that_is_away_is_no_error(tmp_path: Path) -> None:
    """Captions go on without it."""
    assert await texts(Missed("postgresql+asyncpg://nobody@127.0.0.1:1/none", "k"), None) == []
