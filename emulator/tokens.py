"""Signs the tokens that ACS puts on its sockets and callbacks (protocol reference 2.3). The clock is an argument."""

import uuid
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

SOCKET_LIFETIME = 24 * 3600
CALLBACK_LIFETIME = 300
"""Seconds for which a token is good."""

KEYS_PATH = "/calling/keys"
CONFIGURATION_PATH = "/calling/.well-known/acsopenidconfiguration"


class TokenIssuer:
    """One emulator's RSA key and what is signed with it; the key is made when it is first needed."""

    def __init__(self, *, issuer: str, audience: str) -> None:
        self.issuer = issuer
        self.audience = audience
        self._key_id = uuid.uuid4().hex

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
        return jwt.encode(claims, self._key, algorithm="RS256", headers={"kid": self._key_id})

    def key_set(self) -> dict[str, Any]:
        """The JSON Web Key Set with the public key."""
        public = jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key(), as_dict=True)
        return {"keys": [public | {"use": "sig", "alg": "RS256", "kid": self._key_id}]}

    def configuration(self, base_url: str) -> dict[str, Any]:
        """The OpenID configuration of an emulator that is reached at `base_url`."""
        return {
            "issuer": self.issuer,
            "jwks_uri": f"{base_url.rstrip('/')}{KEYS_PATH}",
            "id_token_signing_alg_values_supported": ["RS256"],
        }

    @cached_property
    def _key(self) -> rsa.RSAPrivateKey:
        return rsa.generate_private_key(public_exponent=65537, key_size=2048)
