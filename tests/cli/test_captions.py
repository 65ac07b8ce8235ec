"""Server-sent events, read line by line."""

import asyncio
import contextlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.contracts.captions import Caption
from callscribe.runtime.settings import Settings
from cli.captions import EventStream, Lines, captions
from cli.ports import free_port
from ingest.captions import Shown
from ingest.viewing import event_text


def events(stream: EventStream, text: str) -> list[str]:
    """What the lines of `text` complete."""
    return [data for line in text.split("\n") for data in stream.take(line)]


def test_an_event_is_complete_at_its_blank_line() -> None:
    """Comments, unknown fields and several data lines are as the standard has them."""
    stream = EventStream()
    assert events(stream, ": hello\nevent: caption\nid: 7\ndata: one\ndata:two\n\ndata: three") == ["one\ntwo"]
    assert stream.last_id == "7"


def test_an_event_cut_off_by_a_broken_connection_is_asked_for_again() -> None:
    """Its id is not the last one, and its half is forgotten."""
    stream = EventStream()
    assert events(stream, "id: 1\ndata: one\n\nid: 2\ndata: tw") == ["one"]
    stream.broken()
    assert stream.last_id == "1"
    assert events(stream, "id: 2\ndata: two\n\n") == ["two"]


ODD = "".join(map(chr, (0x0B, 0x0C, 0x1C, 0x1D, 0x1E, 0x85, 0x2028, 0x2029)))
"""Characters at which Python splits lines, and server-sent events do not."""


@given(st.lists(st.text(st.characters(exclude_characters="\r\n", codec="utf-8")), max_size=5), st.integers(1, 9))
def test_only_a_line_feed_ends_a_line(texts: list[str], size: int) -> None:
    """Wherever the bytes are cut, and whatever the lines hold."""
    sent = "".join(f"{text}{ODD}\r\n" for text in texts).encode()
    lines = Lines()
    read = [line for start in range(0, len(sent), size) for line in lines.take(sent[start : start + size])]
    assert read == [f"{text}{ODD}" for text in texts]


async def test_a_caption_with_separators_of_unicode_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As ingest writes it, over a real connection, on which a proxy has no part."""
    monkeypatch.setenv("ALL_PROXY", "socks5://127.0.0.1:1")
    sent = Caption(kind="final", stream="s", text=f"one{ODD}two", position=1, at=datetime(2026, 1, 2, tzinfo=UTC))

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.closing(writer):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n")
            writer.write(event_text(Shown(1, sent), "e-1").encode())
            await writer.drain()

    port = free_port()
    settings = Settings(home=tmp_path, public_http_url=f"http://127.0.0.1:{port}")
    async with asyncio.timeout(10), await asyncio.start_server(answer, "127.0.0.1", port):
        reading = captions(settings, "c")
        assert await anext(reading) == sent
        await reading.aclose()  # type: ignore[attr-defined]  # it is a generator
