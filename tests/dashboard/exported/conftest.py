"""What the tests of exports share."""

from __future__ import annotations

import pytest
from django.core.signals import request_finished


@pytest.fixture
def hang_up(monkeypatch):
    """Close an answer as a web server does whose client is gone, but keep the test's own connection."""

    def close(response):
        with monkeypatch.context() as patch:
            patch.setattr(request_finished, "send", lambda sender: [])
            response.close()

    return close
