"""JSON for the page."""

from datetime import UTC, datetime, timedelta, timezone

from callscribe.transcript.model import Segment
from ingest.web import shapes

AT = datetime(2026, 1, 2, 3, 4, 5, 678_900, tzinfo=UTC)


def test_instants() -> None:
    """In UTC."""
    assert shapes.instant(AT.astimezone(timezone(timedelta(hours=2)))) == "2026-01-02T03:04:05.678Z"
    assert shapes.instant(0) == "1970-01-01T00:00:00.000Z"
    assert shapes.instant(10**15) == "9999-12-31T23:59:59.000Z"
    assert shapes.instant(None) is None


def test_participants_are_named_or_readable() -> None:
    """In their order."""
    shown = shapes.participants({"4:+12025550100": "", "8:acs:x_1f2e": " Ada\n L. "})
    assert [one["label"] for one in shown] == ["+1 202 555 0100", "Ada L."]
    assert [one["name"] for one in shown] == ["", "Ada L."]


def test_segments() -> None:
    """Late is what came after the call's end."""
    said = Segment(stream="s", position=1, participant="p", text="Hi.", offset=2**60, received_at=AT)
    shape = shapes.segment(said, {}, ended_at=AT - timedelta(seconds=1), stored=True)
    assert (shape["offset"], shape["duration"], shape["late"], shape["stored"]) == (str(2**60), None, True, True)
    assert not shapes.segment(said, {}, ended_at=None, stored=False)["late"]
