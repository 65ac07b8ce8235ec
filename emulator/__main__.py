"""`python -m emulator`: an emulator configured by `EMULATOR_<SWITCH>` variables, for instance `EMULATOR_PORT=8090`."""

import asyncio
import os
import sys

from callscribe.runtime.processes import reading_modules

with reading_modules():
    from pydantic import ValidationError

    from callscribe.runtime import logs
    from emulator.main import EmulatorConfig, run
    from emulator.scripts import ScriptError


def main() -> int:
    """Run an emulator; returns the exit code."""
    logs.configure()
    given = {name: os.environ.get(f"EMULATOR_{name.upper()}") for name in EmulatorConfig.model_fields}
    try:
        config = EmulatorConfig.model_validate({name: value for name, value in given.items() if value is not None})
    except ValidationError as error:
        first = error.errors()[0]
        return _failed(f"EMULATOR_{str(first['loc'][0]).upper()}: {first['msg']}")
    try:
        asyncio.run(run(config))
    except (ScriptError, ValueError) as error:
        return _failed(str(error))
    except OSError as error:
        return _failed(f"cannot listen on {config.host}:{config.port}: {error.strerror}; set EMULATOR_PORT")
    return 0


def _failed(reason: str) -> int:
    sys.stderr.write(f"emulator: {reason}\n")
    return 2


if __name__ == "__main__":
    sys.exit(main())
