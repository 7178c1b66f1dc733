"""One person's page: the verdict, the timeline, and the ticket."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.urls import reverse

from tests.conftest import NOW
from tests.dashboard.reading import Page

ADA = "ada@meridian.example"


def person_page(client, email=ADA, **query):
    response = client.get(reverse("people:person", args=[email]), query)
    assert response.status_code == 200, response.content[:2000]
    return response.content.decode()


def test_a_person_who_cannot_get_in(signed_in, all_logins_known, all_updates_known, make_login):
    make_login(created_at=NOW - timedelta(hours=15), allowed=True)
    make_login(created_at=NOW - timedelta(minutes=12))
    make_login(created_at=NOW - timedelta(minutes=10))
    html = person_page(signed_in)
    print(html)
    assert "None allowed since" in html
