"""When the demo changes the locale: as the script's own lines ask for it, or once at half-way. Pure."""

from callscribe.acs.locales import same_locale
from emulator.scripts import CallScript


def other_locale(locale: str) -> str:
    """A neighbouring locale, for a script that is all in one."""
    return "en-GB" if same_locale(locale, "en-US") else "en-US"


class LocalePlan:
    """Which locale the next words need, by how many finals have been heard."""

    def __init__(self, script: CallScript) -> None:
        ordered = [script.lines[beat.line] for beat in script.finals]
        self._wanted = [line.locale or script.locale for line in ordered]
        if ordered and all(same_locale(wanted, script.locale) for wanted in self._wanted):
            half = (len(ordered) + 1) // 2
            self._wanted[half:] = [other_locale(script.locale)] * (len(ordered) - half)

    def after(self, finals: int) -> str | None:
        """The locale of the line that follows the first `finals` ones; `None` after the last."""
        return self._wanted[finals] if finals < len(self._wanted) else None
