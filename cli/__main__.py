"""`python -m cli` is `callscribe`: the console script, which Ctrl-C ends in silence also while modules are read."""

import os


def main() -> None:
    """Read the command line's modules, which takes about a second, and run it."""
    try:
        from callscribe.runtime.processes import reading_modules

        with reading_modules():
            from cli.main import main as command

        command()
    except KeyboardInterrupt:
        os._exit(130)  # as `ExitCode.INTERRUPTED`; there is nothing to take down yet


if __name__ == "__main__":
    main()
