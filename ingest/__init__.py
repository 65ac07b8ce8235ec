"""The ingest process: takes what ACS pushes, makes it durable, and signals the call's workflow."""
