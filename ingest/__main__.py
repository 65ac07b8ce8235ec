"""`python -m ingest`."""

from callscribe.runtime.processes import keep_files_private, leave, reading_modules

with reading_modules():
    from ingest.main import main

if __name__ == "__main__":
    keep_files_private()
    leave(main())
