"""Templates ask what somebody may do by the rule that checks requests."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.permissions.account_limits import set_limit
from dashboard.permissions.context import allowed
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import PERMISSIONS, Role
from tests.dashboard.reading import page_of

TEMPLATES = Path(__file__).resolve().parents[3] / "templates"
ASKED = re.compile(r"perms\.permissions\.(\w+)")


def test_templates_ask_only_for_permissions():
    """A mistyped name would be a permission that nobody has."""
    asked = {name for path in TEMPLATES.rglob("*.html") for name in ASKED.findall(path.read_text())}
    assert asked <= {permission.codename for permission in Permission}
    assert "export" in asked


@pytest.mark.parametrize("role", Role)
def test_role_has_its_permissions(role, rf, make_user):
    request = rf.get("/")
    request.user = make_user(role=role)
    found = allowed(request)["perms"]["permissions"]
    assert {one for one in Permission if found[one.codename]} == PERMISSIONS[role]


def test_limit_takes_links_away(client, make_user, account, other_account):
    user = make_user(role=Role.SECURITY)
    client.force_login(user)
    assert page_of(client.get("/people/")).has_link("Audit log")
    set_limit(user, [account])
    page = page_of(client.get("/people/"))
    assert not page.has_link("Audit log")
    assert page.has_link("Exports")
