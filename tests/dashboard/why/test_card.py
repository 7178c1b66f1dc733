"""The Why card on the pages of a denied login and of its person."""

from __future__ import annotations

import pytest

from tests.dashboard.reading import page_of

GROUP = {
    "id": "b1b7b1f0-0f0e-4d39-9f0b-6a3f0c8f7a11",
    "name": "Meridian",
    "include": [{"email_domain": {"domain": "meridian.example"}}],
}
ENGINEERS = {
    "id": "5f0a37d0-6d3b-4c5c-8e4f-0a6f2f3f3d01",
    "name": "Engineers",
    "decision": "allow",
    "include": [{"group": {"id": GROUP["id"]}}],
    "require": [{"geo": {"country_code": "DE"}}],
}


@pytest.fixture
def denied(all_logins_known, all_updates_known, make_login, read_policies):
    """Ada was denied at Grafana, which asks for another country."""
    read_policies(ENGINEERS, groups=[GROUP])
    return make_login()


def test_page_of_denied_login(denied, signed_in):
    page = page_of(signed_in.get(denied.get_absolute_url()))
    assert "Engineers" in page.text


def test_page_of_locked_out_person(denied, signed_in):
    page = page_of(signed_in.get("/people/ada@meridian.example/"))
    assert "Engineers" in page.text
