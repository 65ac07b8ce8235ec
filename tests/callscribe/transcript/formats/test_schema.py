"""The JSON schema."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator, ValidationError

from callscribe.transcript.excerpt import excerpt
from callscribe.transcript.formats.json import document
from callscribe.transcript.formats.schema import LINES_SCHEMA, SCHEMA
from tests.callscribe.transcript.formats.samples import awkward


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)
    Draft202012Validator.check_schema(LINES_SCHEMA)


def test_every_field_that_is_written_is_described() -> None:
    """The schema lets unknown fields pass, as readers must; we write none."""

    def unknown(value: Any, schema: Any) -> list[str]:
        schema = schema.get("anyOf", [schema])[0]
        if isinstance(value, list):
            return [name for one in value for name in unknown(one, schema["items"])]
        if not isinstance(value, dict):
            return []
        known = schema["properties"]
        inside = [name for key in value if key in known for name in unknown(value[key], known[key])]
        return [*(key for key in value if key not in known), *inside]

    assert unknown(document(excerpt(awkward(), since=0)), SCHEMA) == []


@pytest.mark.parametrize("field", list(SCHEMA["required"]))
def test_every_field_is_promised(field: str) -> None:
    """A document without it is refused."""
    broken = document(excerpt(awkward()))
    del broken[field]
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(broken)


def test_a_document_of_before_a_field_was_added_still_fits() -> None:
    """Of the same version, and kept by somebody."""
    kept = document(excerpt(awkward()))
    assert kept.pop("locales") == ["en-US", "de-DE"]
    Draft202012Validator(SCHEMA).validate(kept)


def test_an_offset_as_a_number_is_refused() -> None:
    """The one mistake that would go unseen until it is in JavaScript."""
    broken = document(excerpt(awkward()))
    broken["segments"][0]["offset"] = 1
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(broken)


@pytest.mark.parametrize(("name", "schema"), [("transcript-1.json", SCHEMA), ("transcript-lines-1.json", LINES_SCHEMA)])
def test_the_files_are_the_schemas(request: pytest.FixtureRequest, name: str, schema: dict[str, Any]) -> None:
    """`docs/schemas` holds what the code says; `make docs` writes it."""
    path = Path(request.config.rootpath) / "docs" / "schemas" / name
    assert json.loads(path.read_text(encoding="utf-8")) == schema


def test_the_documented_fields_are_the_schemas(request: pytest.FixtureRequest) -> None:
    """`docs/formats.md` names every field of the document, of a segment and of a word."""
    page = (Path(request.config.rootpath) / "docs" / "formats.md").read_text(encoding="utf-8")
    segment = SCHEMA["properties"]["segments"]["items"]["properties"]
    names = [*SCHEMA["properties"], *segment, *segment["words"]["items"]["properties"]]
    assert [name for name in names if f"`{name}`" not in page] == []
