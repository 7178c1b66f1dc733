"""What the tests of the pages about users share."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client

from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.roles import Role
from tests.conftest import NOW


@pytest.fixture
def admin(signed_in):
    """The admin who is signed in as sam."""
    return signed_in


@pytest.fixture
def kim(make_user):
    """Somebody of the helpdesk, who was here an hour ago."""
    return make_user("kim", role=Role.HELPDESK, email="kim@meridian.example", last_login=NOW - timedelta(hours=1))


@pytest.fixture
def send(admin):
    """Send a form of a user's page; the page that follows."""

    def post(user, act, **fields):
        return admin.post(f"/users/{user.pk}/", {"act": act, **fields}, follow=True)

    return post


@pytest.fixture
def signed_in_as():
    """A browser of somebody."""

    def sign_in(user):
        client = Client()
        client.force_login(user)
        return client

    return sign_in


@pytest.fixture
def recorded(db):
    """What was written down by an action, oldest first: about whom, and the details."""

    def read(action):
        return list(AuditEntry.objects.filter(action=action).values_list("subject", "details"))

    return read


@pytest.fixture
def roles_of_kim(kim):
    """The names of kim's groups, as the database has them now."""
    return lambda: set(User.objects.get(pk=kim.pk).groups.values_list("name", flat=True))
