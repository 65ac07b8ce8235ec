"""Whom this process trusts."""

import ssl
from functools import cache

import httpx


@cache
def tls() -> ssl.SSLContext:
    """For all HTTP clients of this process: reading the certificates of hundreds of authorities takes them a while."""
    return httpx.create_ssl_context()
