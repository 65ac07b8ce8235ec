"""Take a transcript away: `export`."""

import typer

app = typer.Typer()
