"""Reading JSON that others wrote."""

import pytest

from callscribe.acs.foreign_json import Fields, ForeignJsonError, digest, dumps, loads, storable


def test_loads_all_unicode_forms() -> None:
    """UTF-8 with and without a mark, UTF-16 and UTF-32."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-32"):
        assert loads('{"a": "ü"}'.encode(encoding)) == {"a": "ü"}
    assert loads("\ufeff[1]") == [1]


@pytest.mark.parametrize("text", ["NaN", "[Infinity]", "-Infinity", "", "{", "[" * 100_000, "1" * 5000, b"\x80"])
def test_refuses(text: str | bytes) -> None:
    """What cannot be used is one kind of error."""
    with pytest.raises(ForeignJsonError):
        loads(text)


def test_fields_know_no_case_and_no_null() -> None:
    """Names are found in any case; null and other types are absence."""
    fields = Fields({"Alpha": "x", "beta": None, "Gamma": 2, "flag": True, "list": [1], "deep": {"Er": "y"}})
    assert fields.text("ALPHA") == "x"
    assert fields.text("beta", "alpha") == "x"
    assert fields.text("gamma") is None
    assert fields.integer("gamma") == 2
    assert fields.integer("flag") is None
    assert fields.number("flag") is None
    assert fields.items("list") == [1]
    assert fields.items("gamma") == []
    assert fields.fields("deep").text("er") == "y"
    assert "beta" not in fields
    assert Fields([1]).text("x") is None


def test_storable() -> None:
    """Only what cannot be stored changes."""
    assert storable("plain ü \U0001f600") == "plain ü \U0001f600"
    assert storable("\x00\ud83d\ude00\udc00") == "\ufffd\U0001f600\ufffd"


def test_digest_and_dumps() -> None:
    """A value has one name, and can be written again even with lone surrogates."""
    assert digest({"a": "\ud800"}) == digest({"a": "\ud800"}) != digest({"a": ""})
    assert loads(dumps({"a": "\ud800"})) == {"a": "\ud800"}
