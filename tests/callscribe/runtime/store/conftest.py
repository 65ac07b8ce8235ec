"""Stores on both databases, and what to put into them."""

import uuid
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg  # type: ignore[import-untyped]  # it ships no types
import pytest

from callscribe.contracts.call import AnswerCall, CallRequest
from callscribe.contracts.chunks import StreamOpening
from callscribe.contracts.status import CallResult
from callscribe.contracts.steps import SaveSegments, SealTranscript
from callscribe.runtime.store import TranscriptStore
from callscribe.transcript.facts import Verdict, VerdictKind
from callscribe.transcript.model import Segment, Stream, Word
from tests.support.postgresql import postgresql

START = datetime(2026, 11, 22, 9, 30, 0, 123456, tzinfo=UTC)
SECRET_WORDS = "the merger closes on friday"


def opening(stream: str = "s1", minutes: int = 0) -> StreamOpening:
    """A stream that opened so many minutes after the start."""
    return StreamOpening(
        id=stream, opened_at=START + timedelta(minutes=minutes), call_connection_id="cc", correlation_id="corr"
    )


def segment(position: int, stream: str = "s1", **changes: Any) -> Segment:
    """A segment with everything in it."""
    usual: dict[str, Any] = {
        "stream": stream,
        "position": position,
        "participant": "4:+14255550123",
        "text": f"{SECRET_WORDS} {position}",
        "offset": 2516942161212568046 + position,
        "duration": 9_600_000,
        "words": (Word(text="the", offset=2516942161212568046, duration=1), Word(text="merger", offset=5)),
        "confidence": 0.48115640878677368,
        "locale": "en-US",
        "subscription": "sub",
        "received_at": START + timedelta(seconds=position),
    }
    return Segment(**{**usual, **changes})


def saving(*segments: Segment, key: str = "k", streams: tuple[StreamOpening, ...] = (opening(),)) -> SaveSegments:
    """An argument for `save`."""
    return SaveSegments(key=key, streams=streams, segments=segments)


def sealing(key: str = "k", kind: VerdictKind = VerdictKind.COMPLETE, **changes: Any) -> SealTranscript:
    """An argument for `seal`, of an answered call."""
    result = CallResult(
        key=key,
        verdict=Verdict(kind=kind, reason="All of it."),
        call_connection_id="cc",
        locale="en-US",
        started_at=START - timedelta(seconds=5),
        connected_at=START,
        ended_at=START + timedelta(minutes=10),
        end_reason="hung up",
        segments=2,
    )
    closing = Stream(id="s1", opened_at=START, closed_at=START + timedelta(minutes=9), close_reason="closed by ACS")
    return SealTranscript(
        key=key,
        request=CallRequest(origin=AnswerCall(incoming_call_context="eyJ.let-me-in")),
        result=result.model_copy(update=changes),
        participants={"4:+14255550123": "Ada"},
        streams=(closing,),
    )


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[str]:
    """A PostgreSQL server for the whole session."""
    with postgresql() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
async def url(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[str]:
    """The address of an empty database of the test's own, of each kind."""
    if request.param == "sqlite":
        yield f"sqlite+aiosqlite:///{tmp_path / 'store' / 'transcripts.sqlite'}"
        return
    server = request.getfixturevalue("postgresql_server")
    name = f"t{uuid.uuid4().hex}"
    connection = await asyncpg.connect(f"postgresql://postgres@{server}/postgres")
    try:
        await connection.execute(f"CREATE DATABASE {name}")
        yield f"postgresql+asyncpg://postgres@{server}/{name}"
    finally:
        await connection.close()


@pytest.fixture
async def store(url: str) -> AsyncIterator[TranscriptStore]:
    """An open store, on each kind of database."""
    async with await TranscriptStore.open(url) as opened:
        yield opened
