"""`python -m worker`."""

from callscribe.runtime.processes import keep_files_private, leave, reading_modules

with reading_modules():
    from worker.main import main

if __name__ == "__main__":
    keep_files_private()
    leave(main())
