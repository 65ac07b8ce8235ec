"""What a running process needs."""
