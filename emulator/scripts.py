"""Call scripts: what is said on an emulated call, as JSON Lines. A first line about the call, then one line a phrase."""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, NamedTuple

SHIPPED = Path(__file__).with_name("scripts")
"""The folder of scripts that come with the emulator."""

_PUNCTUATION = ".,;:!?\u2026\"'\u201c\u201d\u201e\u00ab\u00bb()[]-\u2013\u2014\u00bf\u00a1"
INTERMEDIATE_EVERY_MS = 300
"""The least time between two intermediate results of one phrase."""


class ScriptError(ValueError):
    """A call script that cannot be played; the message begins with `file:line:` and says what is wrong."""


class Word(NamedTuple):
    """One spoken word; milliseconds since the script's start."""

    text: str
    offset_ms: int
    duration_ms: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Line:
    """One phrase of one participant, as a final result shows it; milliseconds since the script's start."""

    participant: str
    offset_ms: int
    duration_ms: int
    text: str
    words: tuple[Word, ...]
    confidence: float | None = None
    locale: str | None = None

    @property
    def end_ms(self) -> int:
        """When the phrase has been said."""
        return self.offset_ms + self.duration_ms

    def until(self, position_ms: int) -> "Line | None":
        """The phrase as far as it has been said, in whole words; `None` if no word has."""
        said = tuple(word for word in self.words if word.offset_ms + word.duration_ms <= position_ms)
        if not said:
            return None
        text = " ".join(self.text.split()[: len(said)])
        end = said[-1].offset_ms + said[-1].duration_ms
        return replace(self, text=text, words=said, duration_ms=end - self.offset_ms)


class Beat(NamedTuple):
    """A moment at which a result falls due: of line number `line`, its first `words` words, or all of it (`None`)."""

    due_ms: int
    line: int
    words: int | None


@dataclass(frozen=True, kw_only=True)
class CallScript:
    """A whole script: who speaks, and what; `lines` in the order of the file."""

    name: str
    locale: str
    participants: dict[str, str]
    lines: tuple[Line, ...]

    @cached_property
    def finals(self) -> tuple[Beat, ...]:
        """When each line is final, in order of time."""
        return tuple(sorted((Beat(line.end_ms, number, None) for number, line in enumerate(self.lines)), key=_order))

    @cached_property
    def beats(self) -> tuple[Beat, ...]:
        """Finals and the intermediates that lead up to them, in order of time."""
        steps = [beat for number, line in enumerate(self.lines) for beat in intermediates(line, number)]
        return tuple(sorted([*steps, *self.finals], key=_order))


def silence() -> CallScript:
    """A script without a word."""
    return CallScript(name="silence", locale="en-US", participants={}, lines=())


def load_script(path: Path) -> CallScript:
    """The script in the file `path`. Raises `ScriptError` with file and line."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ScriptError(f"{path}: the call script cannot be read: {reason}") from error
    return parse_script(text, str(path))


def parse_script(text: str, name: str) -> CallScript:
    """The script in `text`; `name` stands for the file in errors. Raises `ScriptError`."""
    records = list(_records(text, name))
    if not records:
        raise ScriptError(f'{name}:1: empty: a call script begins with {{"call", "locale", "participants"}}')
    number, head = records[0]
    where = f"{name}:{number}"
    if "participant" in head:
        raise ScriptError(f'{where}: the first line must describe the call: {{"call", "locale", "participants"}}')
    participants = head.get("participants", {})
    if not isinstance(participants, dict) or not all(isinstance(shown, str) for shown in participants.values()):
        raise ScriptError(f'{where}: "participants" must be an object of raw id to display name')
    lines = tuple(_line(record, f"{name}:{number}") for number, record in records[1:])
    return CallScript(
        name=_text(head, "call", where), locale=_text(head, "locale", where), participants=participants, lines=lines
    )


def spread(text: str, offset_ms: int, duration_ms: int) -> tuple[Word, ...]:
    """The words of `text` in lower case without punctuation, spread evenly over its time."""
    bare = [word for piece in text.split() if (word := lexical(piece))]
    share = duration_ms / max(1, len(bare))
    edges = [offset_ms + round(share * number) for number in range(len(bare) + 1)]
    return tuple(Word(word, edges[n], edges[n + 1] - edges[n]) for n, word in enumerate(bare))


def lexical(piece: str) -> str:
    """One word as recognisers hear it: lower case, no punctuation around it."""
    return piece.lower().strip(_PUNCTUATION)


def intermediates(line: Line, number: int) -> Iterator[Beat]:
    """The beats at which a growing part of `line` has been heard, not more often than a recogniser reports."""
    last = line.offset_ms
    for count, word in enumerate(line.words[:-1], start=1):
        heard = word.offset_ms + word.duration_ms
        if heard - last >= INTERMEDIATE_EVERY_MS and heard < line.end_ms:
            yield Beat(heard, number, count)
            last = heard


def _order(beat: Beat) -> tuple[int, int, bool]:
    return beat.due_ms, beat.line, beat.words is None


def _records(text: str, name: str) -> Iterator[tuple[int, dict[str, Any]]]:
    for number, row in enumerate(text.split("\n"), start=1):
        if not row.strip():
            continue
        try:
            record = json.loads(row)
        except ValueError as error:
            raise ScriptError(f"{name}:{number}: not JSON: {error}") from error
        if not isinstance(record, dict):
            raise ScriptError(f"{name}:{number}: a JSON object is expected, not {type(record).__name__}")
        yield number, record


def _line(record: dict[str, Any], where: str) -> Line:
    offset, duration = _milliseconds(record, "offset_ms", where), _milliseconds(record, "duration_ms", where)
    text = _text(record, "text", where)
    confidence = record.get("confidence")
    if confidence is not None and not (_is_number(confidence) and 0 <= confidence <= 1):
        raise ScriptError(f'{where}: "confidence" must be a number from 0 to 1, not {confidence!r}')
    words = record.get("words")
    return Line(
        participant=_text(record, "participant", where),
        offset_ms=offset,
        duration_ms=duration,
        text=text,
        words=spread(text, offset, duration) if words is None else _words(words, where),
        confidence=confidence,
        locale=None if record.get("locale") is None else _text(record, "locale", where),
    )


def _words(words: Any, where: str) -> tuple[Word, ...]:
    if not isinstance(words, list):
        raise ScriptError(f'{where}: "words" must be a list of [text, offset_ms, duration_ms]')
    checked = []
    for position, word in enumerate(words):
        fits = isinstance(word, list) and len(word) == 3 and isinstance(word[0], str)
        if not (fits and all(_is_number(value) and value >= 0 for value in word[1:])):
            raise ScriptError(f'{where}: "words"[{position}] must be [text, offset_ms, duration_ms], not {word!r}')
        checked.append(Word(word[0], round(word[1]), round(word[2])))
    return tuple(checked)


def _text(record: dict[str, Any], key: str, where: str) -> str:
    value = record.get(key)
    if not isinstance(value, str) or not value:
        raise ScriptError(f'{where}: "{key}" must be a text, not {value!r}')
    return value


def _milliseconds(record: dict[str, Any], key: str, where: str) -> int:
    value: Any = record.get(key)
    if not _is_number(value) or value < 0:
        raise ScriptError(f'{where}: "{key}" must be a number of milliseconds from 0, not {value!r}')
    milliseconds: float = value
    return round(milliseconds)


def _is_number(value: Any) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
