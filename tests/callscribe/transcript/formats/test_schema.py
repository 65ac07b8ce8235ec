"""The JSON schema."""

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, ValidationError

from callscribe.transcript.formats.json import document
from callscribe.transcript.formats.schema import SCHEMA
from tests.callscribe.transcript.formats.samples import awkward


def test_the_schema_is_a_schema() -> None:
    """Of the draft that it names."""
    Draft202012Validator.check_schema(SCHEMA)


@pytest.mark.parametrize("field", list(SCHEMA["required"]))
def test_every_field_is_promised(field: str) -> None:
    """A document without it is refused."""
    broken = document(awkward())
    del broken[field]
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(broken)


def test_an_offset_as_a_number_is_refused() -> None:
    """The one mistake that would go unseen until it is in JavaScript."""
    broken = document(awkward())
    broken["segments"][0]["offset"] = 1
    with pytest.raises(ValidationError):
        Draft202012Validator(SCHEMA).validate(broken)


def test_the_documented_fields_are_the_schemas(request: pytest.FixtureRequest) -> None:
    """`docs/formats.md` names every field of a segment and of the document."""
    page = (Path(request.config.rootpath) / "docs" / "formats.md").read_text(encoding="utf-8")
    names = [*SCHEMA["properties"], *SCHEMA["properties"]["segments"]["items"]["properties"]]
    assert [name for name in names if f"`{name}`" not in page] == []
