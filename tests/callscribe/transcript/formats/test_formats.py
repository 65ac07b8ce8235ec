"""The registry of formats."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from callscribe.transcript.formats import FORMATS, Format
from tests.callscribe.transcript.formats.samples import VERDICT, awkward, empty, example, real, words_of


def test_every_form_is_listed_by_its_name() -> None:
    """In the order in which people are offered them; extensions are unique."""
    assert list(FORMATS) == ["json", "jsonl", "txt", "md", "srt", "vtt", "csv"]
    assert all(one.name == name and "/" in one.media_type for name, one in FORMATS.items())
    assert len({one.extension for one in FORMATS.values()}) == len(FORMATS)


@pytest.mark.parametrize("one", FORMATS.values(), ids=FORMATS)
def test_a_form_is_utf_8_and_always_the_same(one: Format) -> None:
    """The same transcript gives the same bytes; an empty one is no error."""
    assert one.encode(awkward()) == ("\ufeff" * one.marked + one.render(awkward())).encode("utf-8")
    assert one.render(empty()) == one.render(empty())


@pytest.mark.parametrize("name", ["json", "jsonl", "txt", "md", "vtt"])
def test_forms_with_a_place_for_it_carry_the_verdict(name: str) -> None:
    """Kind, reason and gaps, before the first word."""
    text = FORMATS[name].render(awkward())
    assert text.index(VERDICT.reason) < text.index("Guten")
    assert "stream interrupted" in text[: text.index("Guten")]


@pytest.mark.parametrize("one", FORMATS.values(), ids=FORMATS)
def test_every_form_holds_every_word_of_a_real_call(real_calls: Path, one: Format) -> None:
    """A rough count that no format can cheat: no word is rarer in the file than in the call."""
    transcript, said = real(real_calls / "earnings21-4384683.jsonl")
    text = one.render(transcript).replace("\\", "")
    missing = {word for word in set(words_of([seg.text for seg in said])) if word.replace('"', "") not in text}
    assert missing == set()


@pytest.mark.parametrize("name", FORMATS)
def test_the_documented_example_is_what_is_written(request: pytest.FixtureRequest, name: str) -> None:
    """`docs/formats.md` shows one call in every format; of JSON with one of its segments."""
    page = (Path(request.config.rootpath) / "docs" / "formats.md").read_text(encoding="utf-8")
    found = re.search(rf"^## [^\n]*\(`{name}`\)\n.*?^```\w*\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    assert found is not None
    written = FORMATS[name].render(example()).replace("\r\n", "\n")
    if name == "json":
        document: dict[str, Any] = json.loads(written)
        assert json.loads(found[1]) == document | {"segments": document["segments"][:1]}
    else:
        assert found[1] == written
