"""Signs the tokens that ACS puts on its sockets and callbacks (protocol reference 2.3). The clock is an argument."""

import uuid
from dataclasses import dataclass
from functools import cache
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

SOCKET_LIFETIME = 24 * 3600
CALLBACK_LIFETIME = 300
"""Seconds for which a token is good."""

KEYS_PATH = "/calling/keys"
CONFIGURATION_PATH = "/calling/.well-known/acsopenidconfiguration"


@dataclass(frozen=True)
class SigningKey:
    """An RSA key and the id under which its public half is told."""

    id: str
    private: rsa.RSAPrivateKey

    @classmethod
    def new(cls) -> "SigningKey":
        """A key that nobody else has. Takes about a tenth of a second."""
        return cls(uuid.uuid4().hex, rsa.generate_private_key(public_exponent=65537, key_size=2048))


@cache
def _own_key() -> SigningKey:
    return SigningKey.new()


class TokenIssuer:
    """What is signed with an RSA key: the one given, or else this process's own, made when it is first needed."""

    def __init__(self, *, issuer: str, audience: str, key: SigningKey | None = None) -> None:
        self.issuer = issuer
        self.audience = audience
        self._given_key = key

    def token(self, lifetime: int, now: float) -> str:
        """An RS256 token, good from `now` (Unix seconds) for `lifetime` seconds; no two are equal. Takes about 1 ms."""
        claims = {
            "iss": self.issuer,
            "aud": self.audience,
            "iat": int(now),
            "nbf": int(now),
            "exp": int(now) + lifetime,
            "jti": str(uuid.uuid4()),
        }
        return jwt.encode(claims, self._key.private, algorithm="RS256", headers={"kid": self._key.id})

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set with the public key."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.private.public_key(), as_dict=True)
        return {"keys": [public | {"use": "sig", "alg": "RS256", "kid": self._key.id}]}

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The OpenID configuration of an emulator that is reached at `base_url`."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{base_url.rstrip('/')}{KEYS_PATH}",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    @property
    def _key(self) -> SigningKey:
        return self._given_key or _own_key()
