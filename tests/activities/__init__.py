"""Activities, through the real Azure SDK, against a recorder and against the emulator."""
