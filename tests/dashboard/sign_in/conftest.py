"""Keys of an identity provider that exists only here."""

from __future__ import annotations

import pytest

from tests.identity_provider import SigningKey


@pytest.fixture(scope="session")
def signing_keys():
    """Two keys of the provider, and one that somebody made who would like to be it."""
    return {name: SigningKey(name) for name in ("first", "second", "forged")}


@pytest.fixture(autouse=True)
def _empty_cache(db):
    """Nothing is remembered from another test: the cache is a table of the database, and goes with the test."""
