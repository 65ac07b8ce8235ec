"""Taking transcripts away."""

import csv
import io
import json

import pytest

from callscribe.contracts.links import PageRole
from callscribe.transcript.formats import FORMATS
from ingest.web.downloads import _named, _plain
from tests.ingest.web import stage
from tests.ingest.web.conftest import Theatre
from tests.ingest.web.visiting import visiting


async def test_every_format(theatre: Theatre) -> None:
    """As a file named after the call; also while it goes on."""
    await stage.save(theatre.store, "a/ü", stage.words(2))
    async with visiting(theatre.ingest, PageRole.GUEST, call="a/ü") as guest:
        for form in FORMATS.values():
            taken = await guest.get(f"/api/calls/a%2F%C3%BC/transcript.{form.name}")
            assert taken.status_code == 200
            assert taken.headers["content-type"] == form.media_type
            assert taken.headers["content-disposition"] == (
                f"attachment; filename=\"a__.{form.extension}\"; filename*=UTF-8''a_%C3%BC.{form.extension}"
            )
            assert "s1 2" in taken.text
        assert json.loads((await guest.get("/api/calls/a%2F%C3%BC/transcript.json")).text)
        assert len(list(csv.reader(io.StringIO((await guest.get("/api/calls/a%2F%C3%BC/transcript.csv")).text)))) == 3
        assert (await guest.get("/api/calls/a%2F%C3%BC/transcript.doc")).status_code == 404
        assert (await guest.get("/api/calls/b/transcript.txt")).status_code == 403
    async with visiting(theatre.ingest) as viewer:
        assert (await viewer.get("/api/calls/b/transcript.txt")).status_code == 404


@pytest.mark.parametrize(
    ("call", "plain", "named"),
    [
        ("abc-1.2", "abc-1.2", "abc-1.2"),
        ("..", "call", "call"),
        ('a"b\r\nc', "a_b__c", "a_b__c"),
        ("ü", "_", "%C3%BC"),
        ("../../etc", "_.._etc", "_.._etc"),
        ("\ud800", "_", "%3F"),
    ],
)
def test_file_names(call: str, plain: str, named: str) -> None:
    """No key leads out of a folder or a header."""
    assert (_plain(call), _named(call)) == (plain, named)
