"""`callscribe chaos`: calls on a stack whose processes are killed under them, and an account of every word."""
