"""Roles that follow from groups come and go with them; those given by hand stay."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.group_roles import apply_groups, give_by_hand, roles_for, roles_from_groups
from dashboard.permissions.permission import Permission
from dashboard.permissions.role import Role

MONDAY = datetime(2026, 11, 16, 9, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _mapping(settings):
    settings.ROLE_GROUPS = {
        "helpdesk": frozenset({"it-support"}),
        "analyst": frozenset({"data-team", "audit"}),
        "admin": frozenset({"it-support-leads"}),
    }


@pytest.fixture
def ada(make_user):
    return make_user("ada@meridian.example", role=None)


@pytest.fixture
def sign_in(rf):
    """Sign a user in with these groups, so many days after Monday."""

    def sign_in(user, *groups, day=0):
        apply_groups(rf.get("/"), user, roles_for(groups), MONDAY + timedelta(days=day))
        return set(user.groups.values_list("name", flat=True))

    return sign_in


def test_groups_are_compared_exactly():
    assert roles_for(["it-support", "somebody-else"]) == {Role.HELPDESK}
    assert roles_for(["IT-Support", "it-support-", "it"]) == set()
    assert roles_for(["audit"]) == roles_for(["data-team"]) == {Role.ANALYST}
    assert roles_for(["it-support", "audit"]) == {Role.HELPDESK, Role.ANALYST}


def test_role_goes_with_its_group(ada, sign_in):
    assert sign_in(ada, "it-support", "audit") == {"helpdesk", "analyst"}
    assert sign_in(ada, "audit", day=1) == {"analyst"}
    assert sign_in(ada, day=2) == set()


def test_role_given_by_hand_stays(ada, sign_in):
    give_by_hand(ada, Role.HELPDESK)
    assert sign_in(ada, "it-support") == {"helpdesk"}
    assert sign_in(ada, day=1) == {"helpdesk"}
    assert roles_from_groups(ada) == set()


def test_role_from_group_can_be_kept(ada, sign_in):
    sign_in(ada, "it-support")
    assert roles_from_groups(ada) == {Role.HELPDESK}
    give_by_hand(ada, Role.HELPDESK)
    assert sign_in(ada, day=1) == {"helpdesk"}


def test_older_token_changes_nothing(ada, sign_in):
    sign_in(ada, day=1)
    assert sign_in(ada, "it-support-leads") == set()
    assert sign_in(ada, "it-support-leads", day=1) == {"admin"}


def test_rights_go_at_the_next_request(client, ada, sign_in):
    sign_in(ada, "audit")
    client.force_login(ada)
    assert client.get("/logins.csv").status_code == 200
    sign_in(ada, "it-support", day=1)
    assert client.get("/logins.csv").status_code == 403
    assert not ada.has_perm(Permission.EXPORT)


def test_changes_of_roles_are_recorded(ada, sign_in):
    sign_in(ada, "audit")
    sign_in(ada, "audit", day=1)
    sign_in(ada, "it-support", day=2)
    assert [
        (entry.subject, entry.details["before"], entry.details["after"])
        for entry in AuditEntry.objects.filter(action="roles_changed")
    ] == [("ada@meridian.example", [], ["analyst"]), ("ada@meridian.example", ["analyst"], ["helpdesk"])]
