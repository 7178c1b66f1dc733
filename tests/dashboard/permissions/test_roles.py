"""A role is a Django group with exactly the permissions that the code gives it."""

from __future__ import annotations

import pytest
from django.apps.registry import Apps
from django.contrib.auth.models import Group
from django.contrib.auth.models import Permission as Stored
from django.core.management import call_command

from dashboard.permissions.apps import _make_roles
from dashboard.permissions.permission import DESCRIPTIONS, Permission
from dashboard.permissions.refusals import refusal
from dashboard.permissions.roles import PERMISSIONS, Role, make_roles, roles_of, roles_with


def codenames_of(role):
    return set(Group.objects.get(name=role).permissions.values_list("codename", flat=True))


@pytest.mark.parametrize("role", Role)
def test_group_has_permissions_of_role(role, db):
    assert codenames_of(role) == {permission.codename for permission in PERMISSIONS[role]}


def test_migration_restores_the_roles(db):
    Group.objects.get(name=Role.HELPDESK).permissions.set(Stored.objects.filter(codename="export"))
    Group.objects.get(name=Role.ANALYST).delete()
    call_command("migrate", verbosity=0)
    for role in Role:
        assert codenames_of(role) == {permission.codename for permission in PERMISSIONS[role]}


def test_other_groups_are_left_alone(db):
    other = Group.objects.create(name="on call")
    other.permissions.add(Stored.objects.get(codename="export"))
    make_roles()
    assert codenames_of("on call") == {"export"}


def test_roles_wait_for_groups_table(db):
    Group.objects.all().delete()
    _make_roles("default", apps=Apps())
    assert not Group.objects.exists()


def test_each_role_adds_to_one_before():
    for smaller, larger in zip(list(Role), list(Role)[1:], strict=False):
        assert PERMISSIONS[smaller] < PERMISSIONS[larger]


def test_every_permission_has_words_and_holder():
    assert set(DESCRIPTIONS) == set(Permission)
    assert set(PERMISSIONS) == set(Role)
    for permission in Permission:
        assert Role.ADMIN in roles_with(permission)


def test_roles_of_user_come_in_order(make_user):
    user = make_user(role=Role.SECURITY)
    user.groups.add(Group.objects.get(name=Role.HELPDESK), Group.objects.create(name="on call"))
    assert roles_of(user) == [Role.HELPDESK, Role.SECURITY]
    assert roles_of(make_user("kim", role=None)) == []


def test_refusal_names_several_roles(rf, make_user):
    user = make_user(role=Role.HELPDESK)
    user.groups.add(Group.objects.get(name=Role.ANALYST))
    request = rf.get("/")
    request.user = user
    assert refusal(request, Permission.VIEW_AUDIT) == (
        "Your roles, Helpdesk and Analyst, don’t let you see the audit log; Security and Admin do. "
        "If you need to, ask whoever runs Gatehouse."
    )
