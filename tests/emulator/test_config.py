"""Switches: defaults as observed, and no misspelt one is taken."""

import pytest
from pydantic import ValidationError

from emulator.config import EmulatorConfig


def test_observed_defaults() -> None:
    """The timings of the recordings."""
    config = EmulatorConfig()
    assert (config.connect_delay, config.transcription_delay, config.hangup_delay) == (1.0, 1.6, 1.5)
    assert (config.ringing(telephone=True), config.ringing(telephone=False)) == (115.0, 85.0)


def test_haste() -> None:
    """It divides the call's delays."""
    config = EmulatorConfig(haste=10, ring_timeout=30)
    assert config.after(config.hangup_delay) == pytest.approx(0.15)
    assert config.ringing(telephone=True) == 3.0


def test_misspelt() -> None:
    """An unknown switch is an error."""
    with pytest.raises(ValidationError, match="sped"):
        EmulatorConfig.model_validate({"sped": 2})
