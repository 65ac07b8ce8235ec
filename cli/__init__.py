"""The `callscribe` command."""
