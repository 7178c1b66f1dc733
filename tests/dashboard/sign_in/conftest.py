"""Keys and tokens of an identity provider that exists only here."""

from __future__ import annotations

import json

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm


class SigningKey:
    """A private key and what is published of it."""

    def __init__(self, key_id):
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = json.loads(RSAAlgorithm.to_jwk(self.private.public_key())) | {
            "kid": key_id,
            "use": "sig",
            "alg": "RS256",
        }


@pytest.fixture(scope="session")
def signing_keys():
    """Two keys of the provider, and one that somebody made who would like to be it."""
    return {name: SigningKey(name) for name in ("first", "second", "forged")}


@pytest.fixture(autouse=True)
def _empty_cache(db):
    """Nothing is remembered from another test: the cache is a table of the database, and goes with the test."""
