"""The ACS emulator: stands where Azure Communication Services stands. It knows none of our contracts."""
