"""When the demo changes the locale."""

from cli.locale_plan import LocalePlan, other_locale
from tests.cli.test_script_check import LINES, script


def test_a_script_of_one_locale_changes_half_way() -> None:
    """The demo always shows a locale change."""
    plan = LocalePlan(script(*LINES))
    assert [plan.after(heard) for heard in range(5)] == ["en-US", "en-US", "en-GB", "en-GB", None]


def test_a_script_of_several_locales_says_when() -> None:
    """The next line's own locale is what is wanted."""
    plan = LocalePlan(script(*LINES, locales=("en-US", "de-DE", None, "de-DE")))
    assert [plan.after(heard) for heard in range(5)] == ["en-US", "de-DE", "en-US", "de-DE", None]


def test_the_other_locale_is_another_one() -> None:
    """However the script's is written."""
    assert (other_locale("en-us"), other_locale("de-DE")) == ("en-GB", "en-US")
