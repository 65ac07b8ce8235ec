"""Server-sent events, read line by line."""

from cli.captions import EventStream


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
