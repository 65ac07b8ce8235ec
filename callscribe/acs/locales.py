"""Transcription locales as Azure Speech names them: language and region (`en-US`), never a language alone, never a voice."""

import re
from collections.abc import Iterable

_LOCALE = re.compile(
    r"[a-z]{2,3}(-[a-z]{4})?-([a-z]{2}|\d{3})(-(liaoning|shandong|sichuan|henan|shaanxi|guangxi))?",
    re.IGNORECASE,
)
_VOICE = re.compile(r"(?P<locale>[a-z]{2,3}(-[a-z]{4})?-[a-z]{2})-(?P<voice>\w+)(:\w+)?", re.IGNORECASE)
_LANGUAGE = re.compile(r"[a-z]{2,3}", re.IGNORECASE)

COMMON = (
    "en-US",
    "en-GB",
    "en-AU",
    "de-DE",
    "fr-FR",
    "es-ES",
    "es-MX",
    "it-IT",
    "nl-NL",
    "pt-BR",
    "ja-JP",
    "hi-IN",
    "zh-CN",
)
"""Locales that help texts and suggestions name; not a list of all that Azure Speech knows."""
_TURNS = 4


class LocaleError(ValueError):
    """A text that cannot be a transcription locale; the message says why and what to write instead."""


def check_locale(text: str) -> str:
    """`text` as Azure Speech writes it (`EN-us` becomes `en-US`).

    Raises `LocaleError` with the reason: a voice name, a language without its region, or no locale at all. Whether
    Azure Speech supports a well-formed locale is for the service to say.
    """
    candidate = text.strip().replace("_", "-")
    if _LOCALE.fullmatch(candidate):
        return as_azure_writes(candidate)
    if voice := _VOICE.fullmatch(candidate):
        locale = check_locale(voice["locale"])
        raise LocaleError(f"'{text}' is a voice (text-to-speech), not a transcription locale: did you mean '{locale}'?")
    if _LANGUAGE.fullmatch(candidate):
        fitting = [locale for locale in COMMON if locale.startswith(candidate.lower() + "-")] or ["en-US"]
        raise LocaleError(f"'{text}' names a language without its region: write for instance '{fitting[0]}'.")
    raise LocaleError(f"'{text}' is not a locale: write language and region, for instance 'en-US' or 'de-DE'.")


def as_azure_writes(locale: str) -> str:
    """A locale, or only its beginning, in Azure's capitals and small letters: `SR-latn-rs` as `sr-Latn-RS`, `EN` as `en`."""
    language, *parts = locale.split("-")
    return "-".join([language.lower(), *map(_part_as_azure_writes, parts)])


def _part_as_azure_writes(part: str) -> str:
    """A region, or the script before it, or the dialect behind it."""
    if len(part) == 2:
        return part.upper()
    return part.title() if len(part) == 4 else part.lower()


def same_locale(one: str, other: str) -> bool:
    """Whether two locale texts name the same locale; ACS changes their case on the wire (`en-us`)."""
    return _folded(one) == _folded(other)


def in_turn(locales: Iterable[str]) -> tuple[str, ...]:
    """Locales without those that name the one before again, in whatever case."""
    turns: list[str] = []
    for locale in locales:
        if not turns or not same_locale(turns[-1], locale):
            turns.append(locale)
    return tuple(turns)


def each_once(locales: Iterable[str]) -> tuple[str, ...]:
    """Every locale by its first mention, in whatever case."""
    found: dict[str, str] = {}
    for locale in locales:
        found.setdefault(_folded(locale), locale)
    return tuple(found.values())


def told_in_turn(locales: Iterable[str]) -> str:
    """`de-DE → fr-FR` for people; of more than four turns each locale once: `de-DE, fr-FR, it-IT`. Empty for none."""
    turns = in_turn(locales)
    return " → ".join(turns) if len(turns) <= _TURNS else ", ".join(each_once(turns))


def is_of_locale(locale: str, wanted: str) -> bool:
    """Whether a filter `wanted` takes `locale`: `de-DE` that one alone, `de` every German one; case counts for nothing."""
    locale, wanted = locale.lower(), wanted.lower()
    return locale == wanted or locale.startswith(f"{wanted}-")


def _folded(locale: str) -> str:
    return locale.replace("_", "-").lower()
