"""Policies of Grafana, and logins to try edits of them against."""

from __future__ import annotations

from datetime import timedelta
from html import unescape

import pytest
from django.utils.html import strip_tags

from tests.conftest import NOW

GRAFANA = "13d976ec-915a-4e59-afab-cef6291764b8"
ACCOUNT = "0123456789abcdef0123456789abcdef"
STAFF = "b1b7b1f0-0f0e-4d39-9f0b-6a3f0c8f7a11"
ENGINEERS = {
    "id": "5f0a37d0-6d3b-4c5c-8e4f-0a6f2f3f3d01",
    "name": "Engineers",
    "decision": "allow",
    "include": [{"group": {"id": STAFF}}],
    "require": [],
    "exclude": [],
}
MERIDIAN = {"id": STAFF, "name": "Staff", "include": [{"email_domain": {"domain": "meridian.example"}}]}
EDIT = f"/what-if/?account={ACCOUNT}&app_uid={GRAFANA}"
# Requires Germany: the third field of the first policy's second list.
REQUIRES_GERMANY = {"p0": ENGINEERS["id"], "p0-require-add-kind": "geo", "p0-require-add-value": "de"}


def words_of(response):
    """What a page says, without its tags."""
    return " ".join(unescape(strip_tags(response.content.decode())).split())


@pytest.fixture
def grafana(read_policies, make_login):
    """Grafana with its policy: ada and eve come from the Netherlands, bob from Germany, kim from who knows where."""
    read_policies(ENGINEERS, groups=[MERIDIAN])
    for number, (name, country) in enumerate((("ada", "NL"), ("bob", "DE"), ("eve", "NL"), ("eve", "DE"), ("kim", ""))):
        created_at = NOW - timedelta(hours=number + 1)
        make_login(user_email=f"{name}@meridian.example", country=country, allowed=True, created_at=created_at)


@pytest.fixture
def try_edit(signed_in):
    """Edit with these fields and try it; the page of the result."""

    def run(client=signed_in, address=EDIT, **fields):
        response = client.post(address, {"act": "run", **(fields or REQUIRES_GERMANY)})
        assert response.status_code == 302, response.content.decode()
        return client.get(response["Location"])

    return run
