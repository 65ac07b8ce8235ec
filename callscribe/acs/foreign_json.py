"""Reading JSON that others wrote: one error for all that can be wrong with it, and fields found whatever their case."""

import hashlib
import json
import math
import re
from collections.abc import Mapping
from typing import Any, NoReturn

INT64_MIN, INT64_MAX = -(2**63), 2**63 - 1
_UNSTORABLE = re.compile("[\x00\ud800-\udfff]")


class ForeignJsonError(ValueError):
    """A text that is no JSON; the message says why, without quoting any of it."""


def loads(text: str | bytes) -> Any:
    """The value of a JSON text (UTF-8, UTF-16 or UTF-32 where it is bytes). Integers are exact, of any length up to 4,300
    digits; NaN and infinities are refused. Raises nothing but `ForeignJsonError`.
    """
    try:
        return json.loads(text.removeprefix("\ufeff") if isinstance(text, str) else text, parse_constant=_refuse)
    except RecursionError as error:
        raise ForeignJsonError("it is nested too deeply") from error
    except UnicodeDecodeError as error:
        raise ForeignJsonError(f"it is not {error.encoding} text, from byte {error.start}") from error
    except json.JSONDecodeError as error:
        raise ForeignJsonError(f"it is not JSON: {error.msg} at character {error.pos}") from error
    except ValueError as error:
        raise ForeignJsonError(f"it is not JSON that can be used: {_first_words(error)}") from error


class Fields:
    """The fields of a foreign object. Names are compared without case; null, and a value of another type, is absence."""

    def __init__(self, value: Any) -> None:
        self._fields: dict[str, Any] = (
            {str(name).lower(): item for name, item in value.items() if item is not None}
            if isinstance(value, Mapping)
            else {}
        )

    def __contains__(self, name: str) -> bool:
        return name.lower() in self._fields

    def any(self, *names: str) -> Any:
        """The first of the fields `names` that is there, as it is; None without one."""
        return next((self._fields[name.lower()] for name in names if name.lower() in self._fields), None)

    def text(self, *names: str) -> str | None:
        """A text that can be stored anywhere: NUL and lone surrogates, which no database takes, become U+FFFD."""
        value = self.any(*names)
        return storable(value) if isinstance(value, str) else None

    def integer(self, *names: str) -> int | None:
        """A 64-bit integer, exact; written as a number, or as a text of digits as JavaScript programs write it."""
        value = self.any(*names)
        digits = isinstance(value, str) and re.fullmatch(r"-?[0-9]{1,19}", value)
        whole = isinstance(value, float) and value.is_integer() and abs(value) <= 2**53
        if digits or whole:
            value = int(value)
        if not isinstance(value, int) or isinstance(value, bool) or not INT64_MIN <= value <= INT64_MAX:
            return None
        return value

    def number(self, *names: str) -> float | None:
        """A finite number."""
        value = self.any(*names)
        if not isinstance(value, int | float) or isinstance(value, bool):
            return None
        try:
            found = float(value)
        except OverflowError:
            return None
        return found if math.isfinite(found) else None

    def fields(self, *names: str) -> "Fields":
        """An object; one without fields where there is none."""
        return Fields(self.any(*names))

    def items(self, *names: str) -> list[Any]:
        """The items of an array; none where there is none."""
        value = self.any(*names)
        return value if isinstance(value, list) else []


def storable(text: str) -> str:
    """`text` without what neither UTF-8 nor a database can hold. A surrogate pair becomes the character it stands for."""
    if not _UNSTORABLE.search(text):
        return text
    whole = text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole.replace("\x00", "\ufffd")


def dumps(value: Any) -> bytes:
    """A value that `loads` gave, as compact JSON again: names in order, lone surrogates still escaped."""
    return json.dumps(value, separators=(",", ":"), sort_keys=True).encode()


def digest(value: Any) -> str:
    """A name for a foreign value that has none: 32 hex digits, the same for the same value."""
    return hashlib.sha256(dumps(value)).hexdigest()[:32]


def _refuse(constant: str) -> NoReturn:
    raise ForeignJsonError(f"'{constant}' is not a number")


def _first_words(error: ValueError) -> str:
    return str(error).split(";", maxsplit=1)[0][:120]
