"""A person's page, asked for as a browser does."""

from __future__ import annotations

import pytest
from django.urls import reverse

from tests.dashboard.reading import page_of

ADA = "ada@meridian.example"


@pytest.fixture
def person_page(signed_in):
    """The page of a person, which answers 200."""

    def get(email=ADA, **query):
        response = signed_in.get(reverse("people:person", args=[email]), query)
        assert response.status_code == 200
        return page_of(response)

    return get
