"""Transcription locales: what is accepted, and what a refusal says."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callscribe.acs.locales import (
    COMMON,
    LocaleError,
    check_locale,
    each_once,
    in_turn,
    is_of_locale,
    same_locale,
    told_in_turn,
)


@pytest.mark.parametrize(
    ("text", "locale"),
    [
        ("en-US", "en-US"),
        ("EN-us", "en-US"),
        (" de_de ", "de-DE"),
        ("sr-latn-rs", "sr-Latn-RS"),
        ("es-419", "es-419"),
        ("zh-CN-Sichuan", "zh-CN-sichuan"),
        ("yue-CN", "yue-CN"),
    ],
)
def test_accepts(text: str, locale: str) -> None:
    """A locale in any case, as Azure Speech writes it; writing it again changes nothing."""
    assert check_locale(text) == locale == check_locale(locale)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("en-US-NancyNeural", "voice"),
        ("en", "'en-US'"),
        ("de", "'de-DE'"),
        ("xx", "region"),
        ("", "not a locale"),
        ("english", "not a locale"),
        ("en-US ; drop", "not a locale"),
    ],
)
def test_refuses_with_a_reason(text: str, says: str) -> None:
    """The message says why, and what to write."""
    with pytest.raises(LocaleError, match=says):
        check_locale(text)


@given(st.text())
def test_any_text_is_a_locale_or_a_locale_error(text: str) -> None:
    """Nothing else happens."""
    try:
        found = check_locale(text)
    except LocaleError:
        return
    assert check_locale(found) == found


def test_same_locale() -> None:
    """Case and underscore do not matter."""
    assert same_locale("en-us", "en_US")
    assert not same_locale("en-US", "en-GB")
    assert all(check_locale(locale) == locale for locale in COMMON)


@pytest.mark.parametrize(
    ("locale", "wanted", "fits"),
    [("de-DE", "de-de", True), ("de-DE", "DE", True), ("de-DE", "d", False), ("de", "de", True), ("", "de", False)],
)
def test_what_a_filter_takes(locale: str, wanted: str, fits: bool) -> None:
    """The locale itself, or every one of its language."""
    assert is_of_locale(locale, wanted) is fits


@pytest.mark.parametrize(
    ("locales", "turns", "once", "told"),
    [
        ([], (), (), ""),
        (["de-DE", "de-de"], ("de-DE",), ("de-DE",), "de-DE"),
        (["de-DE", "fr_FR", "de-de"], ("de-DE", "fr_FR", "de-de"), ("de-DE", "fr_FR"), "de-DE → fr_FR → de-de"),
        (["de-DE", "fr-FR"] * 3, ("de-DE", "fr-FR") * 3, ("de-DE", "fr-FR"), "de-DE, fr-FR"),
    ],
)
def test_locales_of_a_whole_call(locales: list[str], turns: tuple[str, ...], once: tuple[str, ...], told: str) -> None:
    """One after the other; each once; and for people, who do not want to read of every turn."""
    assert in_turn(locales) == turns
    assert each_once(iter(locales)) == once
    assert told_in_turn(iter(locales)) == told
