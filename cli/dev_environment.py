"""How `callscribe …` in a second terminal finds the stack of the first: `dev.env` in the home folder.

The stack holds a lock on the file for as long as it runs; a file that nobody holds is left over and is ignored.
What the environment already says always wins.
"""

import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from cli.errors import CliError

FILE_NAME = "dev.env"


@contextmanager
def published(home: Path, values: Mapping[str, str]) -> Iterator[None]:
    """Show `values` to every `callscribe` that uses `home`, for as long as the context lasts.

    Raises `CliError` where another stack already uses the folder.
    """
    home.mkdir(parents=True, exist_ok=True)
    path = home / FILE_NAME
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise CliError(
                f"A stack already runs with the folder {home}: stop it, or set CALLSCRIBE_HOME to another folder."
            ) from error
        file.truncate(0)
        file.writelines(f"{name}={value}\n" for name, value in sorted(values.items()))
        file.flush()
        try:
            yield
        finally:
            path.unlink(missing_ok=True)


def read(home: Path) -> dict[str, str]:
    """What a running stack has published in `home`; empty where none runs."""
    try:
        file = (home / FILE_NAME).open()
    except OSError:
        return {}
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            lines = [line.partition("=") for line in file.read().splitlines()]
            return {name: value for name, separator, value in lines if separator}
        return {}


def adopt(home: Path) -> None:
    """Take what a running stack has published into this process's environment, where that says nothing itself."""
    for name, value in read(home).items():
        os.environ.setdefault(name, value)
