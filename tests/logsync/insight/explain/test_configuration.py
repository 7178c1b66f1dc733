"""What an account was set up to do at a moment, and what is honest to say of it."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.insight.explain.configuration import Configuration
from logsync.models import AccessObject, AuditLogChange, Reading
from tests.conftest import NOW

APP = "13d976ec-915a-4e59-afab-cef6291764b8"
STAFF, INNER, OTHER = "group-staff", "group-inner", "group-other"


def policy(**values):
    rules = {"include": [{"group": {"id": STAFF}}], "require": [], "exclude": []}
    return {"id": "policy-1", "name": "Engineers", "decision": "allow"} | rules | values


def rule_group(id, *include):
    return {"id": id, "name": id.title(), "include": list(include)}


STAFF_GROUP = rule_group(STAFF, {"group": {"id": INNER}})
INNER_GROUP = rule_group(INNER, {"email_domain": {"domain": "meridian.example"}})


def app(account, at=NOW, app_uid=APP):
    return Configuration(account).app(app_uid, at)


def test_only_what_app_rests_on_has_changed(account, read_policies):
    read_policies(policy(), groups=[STAFF_GROUP, INNER_GROUP, rule_group(OTHER)], until=NOW - timedelta(days=2))
    inner, other = rule_group(INNER, {"everyone": {}}), rule_group(OTHER, {"everyone": {}})
    read_policies(policy(), groups=[STAFF_GROUP, inner, other], at=NOW - timedelta(days=1))
    found = app(account, NOW - timedelta(days=3))
    assert [(change.kind, change.object_id) for change in found.changed_since] == [("group", INNER)]
    assert found.as_of_login
    assert app(account).changed_since == ()


def test_surroundings_have_what_app_mentions(account, read_policies):
    read_policies(policy(), groups=[STAFF_GROUP, INNER_GROUP, rule_group(OTHER)])
    configuration = Configuration(account)
    own = configuration.surroundings(NOW, configuration.app(APP, NOW))
    assert set(own.groups) == {STAFF, INNER}
    assert set(configuration.surroundings(NOW).groups) == {STAFF, INNER, OTHER}


def test_groups_in_circle_are_read(account, read_policies):
    read_policies(policy(), groups=[STAFF_GROUP, rule_group(INNER, {"group": {"id": STAFF}})])
    configuration = Configuration(account)
    assert set(configuration.surroundings(NOW, configuration.app(APP, NOW)).groups) == {STAFF, INNER}


def test_deep_nesting_takes_few_queries(account, read_policies, django_assert_max_num_queries):
    nested = [rule_group(f"group-{depth}", {"group": {"id": f"group-{depth + 1}"}}) for depth in range(50)]
    read_policies(policy(include=[{"group": {"id": "group-0"}}]), groups=nested)
    configuration = Configuration(account)
    with django_assert_max_num_queries(20):
        found = configuration.surroundings(NOW, configuration.app(APP, NOW))
    assert len(found.groups) == 50


def test_policy_that_was_not_read_is_told(account, read_policies):
    read_policies(policy(), policy(id="policy-2", name="Contractors"))
    AccessObject.objects.filter(object_id="policy-2").delete()
    Reading.objects.filter(part=Reading.Part.POLICIES).update(error="Grant Access: Apps and Policies Read.")
    found = app(account)
    assert [(one.name, one.decision) for one in found.policies] == [("Engineers", "allow"), ("", "")]
    assert (found.unread, found.as_of_login) == (("policy-2",), False)
    assert found.unreadable == "Grant Access: Apps and Policies Read."


def test_app_of_which_no_policy_was_read(account, read_policies):
    read_policies(policy())
    AccessObject.objects.filter(kind=AccessObject.Kind.POLICY).delete()
    found = app(account)
    assert (found.policies, found.unreadable) == (None, "Cloudflare did not list all policies of this application.")


def test_policy_that_is_gone_is_left_out(account, read_policies):
    read_policies(policy(), policy(id="policy-2", name="Contractors"))
    AccessObject.objects.filter(object_id="policy-2").update(gone_at=NOW + timedelta(hours=1))
    assert len(app(account).policies) == 2
    later = app(account, NOW + timedelta(hours=2))
    assert ([one.name for one in later.policies], later.unread) == (["Engineers"], ())


@pytest.mark.parametrize(
    ("entries", "at", "actor"),
    [
        ([], None, ""),
        ([(-36, "ada@meridian.example")], NOW - timedelta(hours=36), "ada@meridian.example"),
        ([(-36, "ada@meridian.example"), (-30, "bob@meridian.example")], None,
         "ada@meridian.example, bob@meridian.example"),
        ([(-60, "ada@meridian.example"), (-3, "bob@meridian.example")], None, ""),
    ],
)  # fmt: skip
def test_audit_log_tells_who_and_when(account, read_policies, entries, at, actor):
    read_policies(policy(), until=NOW - timedelta(days=2))
    read_policies(policy(name="Engineering"), at=NOW - timedelta(days=1))
    for hours, email in entries:
        AuditLogChange.objects.create(
            account=account, entry_id=str(hours), changed_at=NOW + timedelta(hours=hours), actor_email=email,
            kind="policy", object_id="policy-1",
        )  # fmt: skip
    [change] = app(account, NOW - timedelta(days=3)).changed_since
    assert (change.at, change.actor) == (at, actor)


def test_many_moments_are_prepared_together(account, read_policies, django_assert_num_queries):
    for day in range(10):
        at = NOW - timedelta(days=20 - day)
        read_policies(policy(name=f"Engineers {day}"), groups=[STAFF_GROUP, INNER_GROUP], at=at, until=at)
    moments = [NOW - timedelta(days=20 - day) for day in range(10)]
    configuration = Configuration(account)
    configuration.snapshots.prepare({(account.pk, APP): moments})
    with django_assert_num_queries(1):  # how far the account is read
        found = [configuration.app(APP, at).policies or () for at in moments]
    assert [policy.name for [policy] in found] == [f"Engineers {day}" for day in range(10)]
