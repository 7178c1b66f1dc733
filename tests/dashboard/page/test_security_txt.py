"""Where to report a security problem."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured

from dashboard.env import Env

PATH = "/.well-known/security.txt"


def test_contact_is_published_to_strangers(client, settings, db):
    settings.SECURITY_CONTACT = "mailto:security@example.com"
    response = client.get(PATH)
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response.content.decode().splitlines() == [
        "Contact: mailto:security@example.com",
        "Expires: 2026-12-19T14:06:12.000000Z",
        "Preferred-Languages: en",
        f"Canonical: http://testserver{PATH}",
    ]


def test_no_contact_is_made_up(client, db):
    assert client.get(PATH).status_code == 404


@pytest.mark.parametrize("contact", ["security@example.com", "http://example.com", "mailto:a b"])
def test_contact_must_be_an_address(contact, tmp_path):
    with pytest.raises(ImproperlyConfigured, match="SECURITY_CONTACT"):
        Env.from_environ({"SECURITY_CONTACT": contact}, tmp_path)
