"""What every Callscribe process shares: the ACS vocabulary, the transcript's functional core, the contracts, the runtime."""
