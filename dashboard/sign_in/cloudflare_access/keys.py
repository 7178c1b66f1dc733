"""Cloudflare's public keys, fetched at most once every two minutes by all processes together."""

from __future__ import annotations

import logging
from datetime import timedelta
from hashlib import sha256
from typing import Any

from django.core.cache import cache
from jwt import PyJWKClient, PyJWKClientConnectionError, PyJWTError

logger = logging.getLogger(__name__)

CERTS_PATH = "/cdn-cgi/access/certs"
# A token with an unknown key id may be forged, or be the first one after Cloudflare has changed its key.
ASK_EVERY = timedelta(minutes=2)
# For so long a process uses what it knows without a look at what others have fetched.
FRESH = timedelta(minutes=10)
# If Cloudflare does not answer, yesterday's keys still count; an old key stays valid for a week after a change.
KEEP = timedelta(days=1)
TIMEOUT_SECONDS = 5


class SharedKeys(PyJWKClient):
    """PyJWT's client, whose fetches are counted in the cache that all processes share.

    PyJWT keeps its own count in each process, and only of fetches that succeeded.
    """

    def __init__(self, team_address: str) -> None:
        url = team_address + CERTS_PATH
        super().__init__(url, lifespan=FRESH.total_seconds(), cooldown_duration=0, timeout=TIMEOUT_SECONDS)
        name = sha256(url.encode()).hexdigest()
        self._asked, self._found = f"access-keys-asked:{name}", f"access-keys:{name}"

    def fetch_data(self) -> Any:
        """The keys: fetched, or what another process has fetched.

        Raises PyJWKClientConnectionError if there are none yet and Cloudflare does not answer.
        """
        # Looked up first, so that a flood of forged tokens only reads.
        if not cache.get(self._asked) and cache.add(self._asked, True, ASK_EVERY.total_seconds()):
            try:
                found = super().fetch_data()
            except (PyJWTError, OSError, ValueError) as error:
                logger.warning("Cloudflare Access: its public keys can’t be fetched from %s: %s", self.uri, error)
            else:
                cache.set(self._found, found, KEEP.total_seconds())
                return found
        if (known := cache.get(self._found)) is None:
            raise PyJWKClientConnectionError("No public key is known yet.")
        return known
