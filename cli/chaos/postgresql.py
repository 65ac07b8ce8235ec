"""A PostgreSQL server of the run's own, as transcript store that can be killed."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import asyncpg  # type: ignore[import-untyped]  # it has no annotations; ours are below

from cli.errors import CliError
from cli.ports import LOOPBACK
from cli.supervisor import Service

NAME: Final = "store"
ACCOUNT: Final = "postgres"
"""Who runs the server where we are root, which PostgreSQL refuses to be; Debian's package brings the account."""
_PROGRAMS: Final = Path("/usr/lib/postgresql")
_MISSING: Final = "--store postgresql needs PostgreSQL's programs on this machine (Debian: apt-get install postgresql)."


@dataclass(frozen=True, kw_only=True)
class Server:
    """A fresh database cluster, not yet started."""

    service: Service
    url: str
    """For `CALLSCRIBE_STORE_URL`."""


@contextmanager
def fresh_server(port: int) -> Iterator[Server]:
    """A cluster in a folder of its own, removed afterwards. Raises `CliError` where it cannot be made."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="callscribe-chaos-pg-"))
    try:
        user = _user(folder)
        data = folder / "data"
        made = subprocess.run(  # noqa: S603 -- PostgreSQL's own program
            [*user, str(programs / "initdb"), "-D", str(data), "-U", ACCOUNT, "-A", "trust", "-E", "UTF8"],
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
        if made.returncode:
            raise CliError(f"PostgreSQL's initdb failed: {made.stderr.strip().splitlines()[-1:]}")
        # Changing the user clears what the tether has set.
        tethered = (*user, "--pdeathsig", "KILL") if user else ()
        command = (
            *tethered,
            str(programs / "postgres"),
            *("-D", str(data), "-h", LOOPBACK, "-p", str(port), "-k", str(folder), "-c", "max_connections=100"),
        )

        async def ready() -> bool:
            try:
                connection = await asyncpg.connect(host=LOOPBACK, port=port, user=ACCOUNT, database=ACCOUNT, timeout=2)
            except asyncpg.PostgresError:
                return False
            await connection.close()
            return True

        environment = {name: value for name, value in os.environ.items() if not name.startswith("PG")}
        service = Service(name=NAME, command=command, environment=environment, ready=ready)
        yield Server(service=service, url=f"postgresql+asyncpg://{ACCOUNT}@{LOOPBACK}:{port}/{ACCOUNT}")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The folder of the newest version's programs, or of those on PATH."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    if on_path is None:
        raise CliError(_MISSING)
    return Path(on_path).parent


def _user(folder: Path) -> tuple[str, ...]:
    """How to become `ACCOUNT`, who then owns the folder; empty where we are not root."""
    if os.geteuid() != 0:
        return ()
    try:
        account = pwd.getpwnam(ACCOUNT)
    except KeyError as error:
        raise CliError(f"PostgreSQL does not run as root, and there is no account '{ACCOUNT}' here.") from error
    os.chown(folder, account.pw_uid, account.pw_gid)
    return ("setpriv", "--reuid", ACCOUNT, "--regid", str(account.pw_gid), "--clear-groups")
