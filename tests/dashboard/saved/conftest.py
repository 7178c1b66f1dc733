"""Two people at their browsers, and what they press."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import User
from django.test import Client


@pytest.fixture
def sam(signed_in):
    """The person of `signed_in`."""
    return User.objects.get(username="sam")


@pytest.fixture
def kim(make_user):
    """Somebody else."""
    return make_user("kim", first_name="Kim", last_name="Berg")


@pytest.fixture
def kims_browser(kim):
    """Somebody else's browser."""
    browser = Client()
    browser.force_login(kim)
    return browser


@pytest.fixture
def save(signed_in):
    """Save an address under a name, as sam unless another browser is given."""

    def press(name, query="", page="logins:list", is_shared="", browser=signed_in):
        values = {"page": page, "query": query, "name": name, "is_shared": is_shared}
        return browser.post("/views/save/", values, follow=True)

    return press


@pytest.fixture
def lay_out(signed_in):
    """Press a button of the Columns menu with these choices, as sam."""

    def press(act, query="", page="logins:list", **choices):
        return signed_in.post("/views/layout/", {"page": page, "query": query, "act": act} | choices, follow=True)

    return press
