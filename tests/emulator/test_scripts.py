"""Call scripts: what is read, and what is refused with file and line."""

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emulator.scripts import SHIPPED, ScriptError, Word, load_script, parse_script, spread

HEAD = '{"call": "c", "locale": "en-US", "participants": {"4:+1": "Ana"}}'
LINE = '{"participant": "4:+1", "offset_ms": 10, "duration_ms": 20, "text": "Hi."}'


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "bad.jsonl:1: empty"),
        (LINE, "bad.jsonl:1: the first line must describe the call"),
        ("nonsense", "bad.jsonl:1: not JSON"),
        (f"{HEAD}\n[1]", "bad.jsonl:2: a JSON object is expected, not list"),
        ('{"locale": "en-US"}', 'bad.jsonl:1: "call" must be a text'),
        ('{"call": "c", "locale": "en-US", "participants": []}', 'bad.jsonl:1: "participants" must be'),
        (f'{HEAD}\n\n{LINE}\n{{"participant": "4:+1"}}', 'bad.jsonl:4: "offset_ms" must be'),
        (f"{HEAD}\n{LINE.replace('10', '-1')}", 'bad.jsonl:2: "offset_ms" must be'),
        (f"{HEAD}\n{LINE.replace('20', 'true')}", 'bad.jsonl:2: "duration_ms" must be'),
        (f"{HEAD}\n{LINE.replace('20', 'Infinity')}", 'bad.jsonl:2: "duration_ms" must be'),
        (f'{HEAD}\n{LINE[:-1]}, "confidence": 2}}', 'bad.jsonl:2: "confidence" must be'),
        (f'{HEAD}\n{LINE[:-1]}, "words": "hi"}}', 'bad.jsonl:2: "words" must be a list'),
        (f'{HEAD}\n{LINE[:-1]}, "words": [["hi", 10]]}}', 'bad.jsonl:2: "words"[0] must be'),
        (f'{HEAD}\n{LINE[:-1]}, "locale": 7}}', 'bad.jsonl:2: "locale" must be a text'),
        (f"{HEAD}\n{LINE.replace('Hi.', '')}", 'bad.jsonl:2: "text" must be a text'),
    ],
)
def test_bad_scripts(text: str, expected: str) -> None:
    """The error names the file, the line, and what was expected."""
    with pytest.raises(ScriptError) as error:
        parse_script(text, "bad.jsonl")
    assert str(error.value).startswith(expected)


@given(st.text() | st.builds(json.dumps, st.recursive(st.none() | st.floats() | st.text(), st.lists, max_leaves=5)))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Parsing returns a script or raises ScriptError, never anything else."""
    for candidate in (text, f"{HEAD}\n{text}"):
        reason = "any:"
        try:
            parse_script(candidate, "any")
        except ScriptError as error:
            reason = str(error)
        assert reason.startswith("any:")


def test_missing_and_unreadable_files(tmp_path: Path) -> None:
    """A file that is not there, or is not text, is an error that names it."""
    with pytest.raises(ScriptError, match=r"nowhere\.jsonl: the call script cannot be read: No such file"):
        load_script(tmp_path / "nowhere.jsonl")
    (tmp_path / "binary.jsonl").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ScriptError, match="not UTF-8"):
        load_script(tmp_path / "binary.jsonl")


def test_words_are_spread_where_none_are_given() -> None:
    """Evenly, in lower case, without punctuation."""
    assert spread("Yes, it's FINE!", 100, 300) == (
        Word("yes", 100, 100),
        Word("it's", 200, 100),
        Word("fine", 300, 100),
    )
    assert parse_script(f"{HEAD}\n{LINE}", "x").lines[0].words == (Word("hi", 10, 20),)


def test_shipped_scripts() -> None:
    """What ships can be played: half a minute in two languages, and three lines for tests."""
    talk = load_script(SHIPPED / "two-languages.jsonl")
    assert 14 <= len(talk.lines) <= 16
    assert 27_000 <= max(line.end_ms for line in talk.lines) <= 31_000
    locales = [line.locale for line in talk.lines]
    assert locales == sorted(locales, key=lambda locale: locale == "de-DE")
    assert set(locales) == {"en-US", "de-DE"}
    assert {line.participant for line in talk.lines} == set(talk.participants)
    for line, following in zip(talk.lines, talk.lines[1:], strict=False):
        assert line.end_ms <= following.offset_ms
        assert line.words[0].offset_ms == line.offset_ms
        assert line.words[-1].offset_ms + line.words[-1].duration_ms == line.end_ms
    hello = load_script(SHIPPED / "hello.jsonl")
    assert len(hello.lines) == 3
    assert hello.lines[-1].end_ms == 3000


def test_real_calls(real_calls: Path) -> None:
    """All real calls can be read; their beats are in order of time."""
    for path in sorted(real_calls.glob("*.jsonl")):
        script = load_script(path)
        assert len(script.finals) == len(script.lines)
        assert list(script.finals) == sorted(script.finals, key=lambda beat: beat.due_ms)
