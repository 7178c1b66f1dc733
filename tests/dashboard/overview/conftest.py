"""What the tests of the overview share: its parts, read by their labels, and the numbers behind its links."""

from __future__ import annotations

import re

import pytest

from tests.dashboard.reading import page_of


@pytest.fixture
def both_known(all_logins_known, all_updates_known):
    """Both logs were read for 30 days, without a hole."""


@pytest.fixture
def overview(signed_in):
    """Look at the overview, at an address that it understands."""

    def look(query=""):
        response = signed_in.get(f"/{query}")
        assert response.status_code == 200
        assert not page_of(response).misplaced
        return response

    return look


@pytest.fixture
def number_at(signed_in):
    """The number that the page behind a link is about: its rows, its people, or its failing resources."""

    def read(href):
        response = signed_in.get(href)
        assert response.status_code == 200, href
        if response.context.get("count") is not None and not href.startswith("/scim/problems/"):
            return response.context["count"]
        [number] = re.findall(r"^[\d,]+", response.context["lead"])
        return int(number.replace(",", ""))

    return read


@pytest.fixture
def tiles(overview):
    """The four tiles of the overview by their labels."""
    return lambda query="": {tile.label: tile for tile in overview(query).context["overview"].tiles}
