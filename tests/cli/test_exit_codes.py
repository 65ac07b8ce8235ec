"""The numbers that scripts rely on."""

from cli.exit_codes import MEANINGS, ExitCode


def test_every_exit_code_has_a_meaning() -> None:
    """The documentation lists them all."""
    assert set(MEANINGS) == set(ExitCode)
