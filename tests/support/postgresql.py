"""A real PostgreSQL server of the tests' own, from Debian's package, on a free port of loopback."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from cli.ports import free_port

_PROGRAMS = Path("/usr/lib/postgresql")


def installed() -> Path | None:
    """The newest version's programs, or those on PATH."""
    found = sorted(_PROGRAMS.glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@contextmanager
def postgresql() -> Iterator[str]:
    """`host:port` of a fresh server, user `postgres`, no password; skips the test where PostgreSQL is not installed."""
    programs = installed()
    if programs is None:
        pytest.skip("PostgreSQL is not installed here (Debian: apt-get install postgresql)")
    # PostgreSQL refuses to run as root; Debian's package brings the user that it runs as.
    user: list[str] = []
    folder = Path(tempfile.mkdtemp(prefix="callscribe-pg-", dir=_roomy_memory()))
    try:
        if os.geteuid() == 0:
            try:
                account = pwd.getpwnam("postgres")
            except KeyError:
                pytest.skip("PostgreSQL cannot run as root, and there is no user 'postgres' here")
            os.chown(folder, account.pw_uid, account.pw_gid)
            user = ["runuser", "-u", "postgres", "--"]
        data, port = folder / "data", free_port()
        options = f"-h 127.0.0.1 -p {port} -k {folder} -c fsync=off -c max_connections=60"
        control = [*user, str(programs / "pg_ctl"), "-D", str(data), "-w", "-t", "60"]
        _run(*user, str(programs / "initdb"), "-D", str(data), "-U", "postgres", "-A", "trust", "-E", "UTF8", "-N")
        _run(*control, "-o", options, "-l", str(folder / "log"), "start")
        try:
            yield f"127.0.0.1:{port}"
        finally:
            _run(*control, "-m", "immediate", "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _roomy_memory() -> Path | None:
    """A folder in memory, where there is one with room for a database a test: each is a thousand files."""
    memory = Path("/dev/shm")
    return memory if memory.is_dir() and shutil.disk_usage(memory).free > 4 << 30 else None


def _run(*command: str) -> None:
    done = subprocess.run(command, cwd="/", capture_output=True, text=True, check=False, timeout=120)
    assert done.returncode == 0, f"{command[-1]}: {done.stderr}"
