"""Whom a process trusts."""

import ssl

from callscribe.runtime.tls import tls


def test_read_once_and_strict() -> None:
    """The same for every client, and no server passes without a certificate for its name."""
    assert tls() is tls()
    assert tls().verify_mode is ssl.CERT_REQUIRED
    assert tls().check_hostname
    assert tls().get_ca_certs()
