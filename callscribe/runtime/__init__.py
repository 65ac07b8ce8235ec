"""What a running process needs: settings, the Temporal connection, the transcript store, logs, metrics."""
