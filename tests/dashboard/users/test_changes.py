"""What an admin changes about an account, what is refused, and what is written down."""

from __future__ import annotations

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, User
from django.contrib.sessions.models import Session

from dashboard.audit_log.actions import Action
from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.account_limits import limit_of, set_limit
from dashboard.permissions.models import RolesFromGroups
from dashboard.permissions.permission import Permission
from dashboard.permissions.roles import Role
from tests.conftest import NOW
from tests.dashboard.reading import page_of

LAST = "sam is the last admin who can sign in, so nothing was changed. Make someone else an admin first."


# Roles


def test_role_is_changed_and_recorded(send, kim, roles_of_kim, recorded):
    page = page_of(send(kim, "role", role="security"))
    assert "kim now has the role Security." in page.text
    assert roles_of_kim() == {"security"}
    assert recorded(Action.ROLES_CHANGED) == [("kim", {"before": ["helpdesk"], "after": ["security"]})]


def test_role_is_taken_away(send, kim, roles_of_kim, signed_in_as):
    client = signed_in_as(kim)
    assert client.get("/people/").status_code == 200
    send(kim, "role", role="")
    assert roles_of_kim() == set()
    assert client.get("/people/").status_code == 403


def test_other_groups_stay(send, kim, roles_of_kim):
    kim.groups.add(Group.objects.create(name="on call"))
    send(kim, "role", role="analyst")
    assert roles_of_kim() == {"analyst", "on call"}


def test_role_from_group_stays(send, kim, roles_of_kim):
    RolesFromGroups.objects.create(user=kim, roles=["helpdesk"], as_of=NOW)
    page = page_of(send(kim, "role", role="analyst"))
    assert roles_of_kim() == {"helpdesk", "analyst"}
    assert "Helpdesk comes from a group of the identity provider. To take it away, change the group there." in page.text
    send(kim, "role", role="")
    assert roles_of_kim() == {"helpdesk"}


def test_same_role_is_not_recorded(send, kim, recorded):
    send(kim, "role", role="helpdesk")
    assert recorded(Action.ROLES_CHANGED) == []


@pytest.mark.parametrize("role", ["boss", "superuser", "Helpdesk", "on call"])
def test_unknown_role_changes_nothing(role, send, kim, roles_of_kim):
    assert "Nothing was changed: there is no such role." in page_of(send(kim, "role", role=role)).text
    assert roles_of_kim() == {"helpdesk"}


@pytest.mark.parametrize("role", ["", "security"])
def test_last_admin_keeps_the_role(role, send, recorded):
    sam = User.objects.get(username="sam")
    assert LAST in page_of(send(sam, "role", role=role)).text
    assert sam.groups.get().name == "admin"
    assert recorded(Action.ROLES_CHANGED) == []


@pytest.mark.parametrize("values", [{"is_active": False, "last_login": NOW}, {"password": None}], ids=["gone", "new"])
def test_admin_who_cannot_sign_in_is_no_other(values, send, make_user):
    make_user("other", **values)
    assert LAST in page_of(send(User.objects.get(username="sam"), "role", role="")).text


def test_admin_may_step_down_beside_another(send, make_user):
    make_user("other", last_login=NOW)
    sam = User.objects.get(username="sam")
    response = send(sam, "role", role="security")
    assert response.redirect_chain == [("/", 302)]
    assert response.status_code == 200
    assert sam.groups.get().name == "security"


def test_reveal_is_given_and_taken(send, kim, recorded):
    page = page_of(send(kim, "reveal", given="true"))
    assert "kim may now reveal masked data." in page.text
    assert User.objects.get(pk=kim.pk).has_perm(Permission.REVEAL)
    send(kim, "reveal", given="true")
    send(kim, "reveal", given="false")
    assert not User.objects.get(pk=kim.pk).has_perm(Permission.REVEAL)
    yes, no = {"reveal": True}, {"reveal": False}
    given, taken = recorded(Action.ROLES_CHANGED)
    assert given == ("kim", {"before": no, "after": yes})
    assert taken == ("kim", {"before": yes, "after": no})


def test_reveal_is_offered_to_helpdesk_alone(admin, make_user, kim):
    assert "Let them reveal masked data" in page_of(admin.get(f"/users/{kim.pk}/")).text
    for name, role in (("ada", Role.SECURITY), ("anna", Role.ANALYST), ("nils", None)):
        assert "Let them reveal" not in page_of(admin.get(f"/users/{make_user(name, role=role).pk}/")).text


# Accounts


def test_user_is_limited_and_freed(send, kim, account, other_account, recorded):
    page = page_of(send(kim, "accounts", account=[account.account_id]))
    assert "kim now sees 1 account." in page.text
    assert limit_of(kim) == [account]
    assert "kim now sees all accounts." in page_of(send(kim, "accounts")).text
    assert limit_of(kim) == []
    everything, one = {"accounts": "all"}, {"accounts": [account.account_id]}
    first, second = recorded(Action.ROLES_CHANGED)
    assert first == ("kim", {"before": everything, "after": one})
    assert second == ("kim", {"before": one, "after": everything})


def test_last_admin_is_not_limited(send, make_user, account, other_account):
    sam = User.objects.get(username="sam")
    assert LAST in page_of(send(sam, "accounts", account=[account.account_id])).text
    assert limit_of(sam) == []


def test_limited_admin_is_no_other(send, make_user, account, other_account):
    set_limit(make_user("other", last_login=NOW), [account])
    assert LAST in page_of(send(User.objects.get(username="sam"), "role", role="")).text


@pytest.mark.parametrize("name", ["x", "", "%00", "f" * 33])
def test_unknown_account_changes_nothing(name, send, kim, account, other_account):
    assert "there is no such Cloudflare account" in page_of(send(kim, "accounts", account=[name])).text
    assert limit_of(kim) == []


# Disabling


def test_disabled_account_is_out_at_once(send, kim, signed_in_as, recorded):
    client = signed_in_as(kim)
    page = page_of(send(kim, "disable"))
    assert "kim is disabled and signed out everywhere." in page.text
    assert client.get("/people/").status_code == 302
    assert recorded(Action.ACCOUNT_CHANGED) == [("kim", {"before": "enabled", "after": "disabled"})]


def test_old_session_stays_ended_when_enabled(send, kim, signed_in_as, roles_of_kim):
    client = signed_in_as(kim)
    send(kim, "disable")
    assert "kim can sign in again." in page_of(send(kim, "enable")).text
    assert client.get("/people/").status_code == 302
    assert roles_of_kim() == {"helpdesk"}


def test_nobody_disables_themselves(send, make_user):
    make_user("other", last_login=NOW)
    sam = User.objects.get(username="sam")
    page = page_of(send(sam, "disable"))
    assert "You can’t disable your own account. Ask another admin to do it." in page.text
    assert User.objects.get(pk=sam.pk).is_active


def test_admin_without_others_cannot_be_disabled(make_user, kim, signed_in_as):
    """The one who asks is a superuser for a moment, and then not: what counts is who is left."""
    sam, root = make_user("sam"), make_user("root", role=None, is_superuser=True)
    client = signed_in_as(root)
    User.objects.filter(pk=sam.pk).update(last_login=NOW)
    User.objects.filter(pk=root.pk).update(last_login=None)
    assert LAST in page_of(client.post(f"/users/{sam.pk}/", {"act": "disable"}, follow=True)).text
    assert User.objects.get(pk=sam.pk).is_active


# Sessions, second factors, links


def test_sessions_end_on_every_device(send, kim, signed_in_as, recorded, admin):
    phones = [signed_in_as(kim), signed_in_as(kim)]
    page = page_of(send(kim, "sessions"))
    assert "kim is signed out everywhere: 2 sessions ended." in page.text
    assert [phone.get("/people/").status_code for phone in phones] == [302, 302]
    assert admin.get("/users/").status_code == 200
    assert Session.objects.count() == 1
    assert recorded(Action.SESSIONS_ENDED) == [("kim", {"sessions": 2})]


def test_second_factor_is_reset(send, kim, recorded):
    for kind in (Authenticator.Type.TOTP, Authenticator.Type.RECOVERY_CODES):
        Authenticator.objects.create(user=kim, type=kind, data={})
    page = page_of(send(kim, "second-factor"))
    assert "Two-step sign-in is off for kim. Ask them to set it up again." in page.text
    assert not Authenticator.objects.exists()
    [(subject, details)] = recorded(Action.FACTORS_CHANGED)
    assert (subject, len(details["removed"])) == ("kim", 2)


def test_reset_is_offered_only_with_a_factor(admin, kim):
    assert "Reset two-step sign-in" not in page_of(admin.get(f"/users/{kim.pk}/")).text
    Authenticator.objects.create(user=kim, type=Authenticator.Type.TOTP, data={})
    assert "Reset two-step sign-in" in page_of(admin.get(f"/users/{kim.pk}/")).text


def test_disabled_account_gets_no_link(send, kim):
    User.objects.filter(pk=kim.pk).update(is_active=False)
    assert "This account is disabled. Enable it first." in page_of(send(kim, "link")).text


# Superusers


@pytest.mark.parametrize("act", ["role", "reveal", "disable", "enable", "sessions", "second-factor", "link"])
def test_admin_cannot_touch_superuser(act, send, make_user):
    root = make_user("root", role=None, is_superuser=True, last_login=NOW)
    before = User.objects.filter(pk=root.pk).values().get()
    page = page_of(send(root, act, role="", given="true"))
    assert "Only a superuser can change a superuser’s account." in page.text
    assert User.objects.filter(pk=root.pk).values().get() == before
    assert not root.user_permissions.exists()
    assert not AuditEntry.objects.filter(subject="root").exists()
    assert not any(form.attrs.get("action") is None and form.attrs.get("method") == "post" for form in page.forms)


def test_nobody_is_made_a_superuser(send, kim, admin):
    send(kim, "role", role="admin", is_superuser="true", is_staff="true")
    admin.post("/users/invite/", {"username": "new", "role": "admin", "is_superuser": "true"})
    assert not User.objects.filter(is_superuser=True).exists()


def test_superuser_changes_superuser(make_user, signed_in_as):
    root, other = (make_user(name, role=None, is_superuser=True) for name in ("root", "other"))
    client = signed_in_as(root)
    client.post(f"/users/{other.pk}/", {"act": "disable"})
    assert not User.objects.get(pk=other.pk).is_active


# Odd forms


def test_unknown_act_changes_nothing(send, kim):
    assert "the form asks for something that is not here" in page_of(send(kim, "delete")).text


@pytest.mark.parametrize("number", ["0", "987654321", "99999999999999999999"])
def test_missing_user_is_404(number, admin):
    for response in (admin.get(f"/users/{number}/"), admin.post(f"/users/{number}/", {"act": "enable"})):
        assert response.status_code == 404


def test_user_page_says_what_is_known(admin, kim):
    page = page_of(admin.get(f"/users/{kim.pk}/"))
    assert "kim@meridian.example" in page.text
    assert "Helpdesk (by hand)" in page.text
    assert [heading.text for heading in page.all("h1")] == ["kim"]
