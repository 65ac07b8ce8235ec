"""A folder and an environment for one run alone, for commands that bring a stack of their own."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import typer

from callscribe.runtime.settings import Settings
from cli.errors import CliError
from cli.exit_codes import ExitCode
from cli.ports import LOOPBACK
from cli.stack import InterruptedByUserError

LOG: Final = "services.log"
"""File in the folder with what the stack's processes logged."""


def at_home() -> dict[str, str]:
    """What a command in another terminal needs besides the stack's wiring, whatever a `.env` file there says."""
    return {name: os.environ[name] for name in ("CALLSCRIBE_LINK_SECRET", "CALLSCRIBE_STORE_URL")}


@contextmanager
def own_home(command: str, *, keep: bool = False) -> Iterator[Path]:
    """A folder for this run alone. It is kept where the run fails, for whoever looks for the reason."""
    home = Path(tempfile.mkdtemp(prefix=f"callscribe-{command}-"))
    try:
        yield home
    except typer.Exit as leaving:
        if leaving.exit_code == ExitCode.OK and not keep:
            shutil.rmtree(home, ignore_errors=True)
        raise
    except InterruptedByUserError:
        if not keep:
            shutil.rmtree(home, ignore_errors=True)
        raise
    except CliError:
        log = home / LOG
        if not log.exists() or log.stat().st_size == 0:
            shutil.rmtree(home, ignore_errors=True)  # nothing had started: there is nothing to look for
        raise


def isolated(home: Path) -> Settings:
    """Settings that owe nothing to the user's environment or `.env`; also put into this process's environment."""
    for name in [name for name in os.environ if name.startswith(("CALLSCRIBE_", "TEMPORAL_"))]:
        del os.environ[name]
    settings = Settings(_env_file=None)
    here = settings.model_copy(update={"home": home})
    os.environ.update(
        CALLSCRIBE_HTTP_HOST=LOOPBACK,
        CALLSCRIBE_WEBSOCKET_HOST=LOOPBACK,
        CALLSCRIBE_LINK_SECRET=here.secret(),
        CALLSCRIBE_STORE_URL=here.transcript_store_url,
        CALLSCRIBE_ANSWER_LOCALE="en-US",
        CALLSCRIBE_LOG_LEVEL="info",
        CALLSCRIBE_LOG_FORMAT="text",
    )
    return settings
