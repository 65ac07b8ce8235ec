"""Messages between our processes. They belong to no side; every field added later has a default."""
