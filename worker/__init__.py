"""The worker process: hosts the workflows and activities."""
