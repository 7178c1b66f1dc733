"""Reading what Access is set up to do: what is kept, what a short list proves, what a refusal costs."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from logsync.cloudflare.kept_content import TOO_MANY
from logsync.ingest.configuration import read_configuration
from logsync.ingest.configuration.apps import MOST_ASKED
from logsync.ingest.configuration.missing import MOST_LOOKED_FOR
from logsync.ingest.configuration.users import USERS_EVERY
from logsync.models import AccessObject, CloudflareUser, Reading, Snapshot
from tests.logsync.cloudflare.answers import failure
from tests.logsync.ingest.configuration.conftest import NOT_FOUND, app, kept, policy, refusal

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]

Kind = AccessObject.Kind
MINUTE = timedelta(minutes=1)
DE = {"geo": {"country_code": "DE"}}


def gone():
    return set(AccessObject.objects.exclude(gone_at=None).values_list("object_id", flat=True))


def known(kind):
    return set(AccessObject.objects.filter(kind=kind, gone_at=None).values_list("object_id", flat=True))


# What is kept


def test_everything_set_up_is_kept(cloudflare_has, read):
    cloudflare_has.lists |= {
        "apps": [app("a1", policy("p1", {"group": {"id": "g1"}}), policy("r1"))],
        "policies": [policy("r1", app_count=3, reusable=True)],
        "groups": [policy("g1", {"email_list": {"id": "l1"}})],
        "service_tokens": [{"id": "s1", "name": "CI", "client_secret": "hush", "last_seen_at": "2026-11-19T14:00:00Z"}],
        "lists": [{"id": "l1", "name": "Staff", "type": "EMAIL"}, {"id": "l2", "name": "Unused", "type": "URL"}],
    }
    cloudflare_has.by_path["gateway/lists/l1/items"] = [{"value": "b@x.example"}, {"value": "a@x.example"}]
    assert set(read().values()) == {""}
    assert {kind: known(kind) for kind in Kind} == {
        Kind.APP: {"a1"},
        Kind.POLICY: {"p1", "r1"},
        Kind.GROUP: {"g1"},
        Kind.SERVICE_TOKEN: {"s1"},
        Kind.LIST: {"l1"},
        Kind.PROVIDER: set(),
    }
    [one] = kept(Kind.APP, "a1")
    assert one["policies"] == [{"id": "p1", "precedence": 1}, {"id": "r1", "precedence": 2}]
    assert kept(Kind.LIST, "l1")[0]["items"] == [{"value": "a@x.example"}, {"value": "b@x.example"}]
    assert kept(Kind.SERVICE_TOKEN, "s1") == [{"id": "s1", "name": "CI"}]
    assert "app_count" not in kept(Kind.POLICY, "r1")[0]


def test_only_changes_make_rows(cloudflare_has, read, time_machine):
    cloudflare_has.lists["apps"] = [app("a1", policy("p1"))]
    read()
    time_machine.shift(10 * MINUTE)
    read()
    assert [len(kept(Kind.APP, "a1")), len(kept(Kind.POLICY, "p1"))] == [1, 1]
    cloudflare_has.lists["apps"] = [app("a1", policy("p1", DE, name="Germans"))]
    time_machine.shift(10 * MINUTE)
    read()
    before, after = Snapshot.objects.filter(object__object_id="p1").order_by("first_seen_at")
    assert after.first_seen_at - before.last_seen_at == 10 * MINUTE
    assert (before.is_first, after.is_first, after.object.name) == (True, False, "Germans")
    assert len(kept(Kind.APP, "a1")) == 1


def test_a_field_left_out_is_no_change(cloudflare_has, read):
    cloudflare_has.lists["policies"] = [policy("r1", approval_required=False, session_duration=None)]
    read()
    cloudflare_has.lists["policies"] = [
        {"id": "r1", "name": "Policy r1", "decision": "allow", "include": [{"everyone": {}}]}
    ]
    read()
    assert len(kept(Kind.POLICY, "r1")) == 1


def test_bounded_queries_for_500_applications(cloudflare_has, read, time_machine, record_property):
    apps = [app(f"a{n}", *(policy(f"p{n}-{m}", name=f"{n} {m}") for m in range(5))) for n in range(500)]
    cloudflare_has.lists["apps"] = apps
    read()
    time_machine.shift(10 * MINUTE)
    cloudflare_has.asked.clear()
    with CaptureQueriesContext(
        connection,
    ) as queries:
        read()
    assert Snapshot.objects.count() == 500 * 6
    assert (cloudflare_has.calls(), len(queries)) <= (12, 60)
    an_hour = 6 * cloudflare_has.calls()
    record_property(
        "figures",
        f"reading 500 applications with 5 policies each: {cloudflare_has.calls()} calls, {len(queries)} queries; "
        f"{an_hour} calls an hour are {an_hour / 14_400:.1%} of Cloudflare's limit",
    )


# What a list does not prove


def test_missing_objects_are_asked_for(cloudflare_has, read, time_machine):
    cloudflare_has.lists |= {
        "apps": [app("a1", policy("p1")), app("a2")],
        "groups": [policy("g1"), policy("g2")],
    }
    read()
    cloudflare_has.lists |= {"apps": [], "groups": []}
    cloudflare_has.unlisted = {"a1": app("a1", policy("p1")), "g1": policy("g1", DE)}
    time_machine.shift(MINUTE)
    assert set(read().values()) == {""}
    assert gone() == {"a2", "g2"}
    assert len(kept(Kind.GROUP, "g1")) == 2


def test_policy_of_one_application_is_gone(cloudflare_has, read, time_machine):
    cloudflare_has.lists["apps"] = [app("a1", policy("p1"), policy("p2"))]
    read()
    cloudflare_has.lists["apps"] = [app("a1", policy("p1"))]
    time_machine.shift(MINUTE)
    read()
    assert gone() == {"p2"}
    assert cloudflare_has.asked["access/apps/a1/policies/p2"] == 1
    assert cloudflare_has.asked["access/policies/p2"] == 1
    time_machine.shift(MINUTE)
    read()
    assert cloudflare_has.asked["access/policies/p2"] == 1


def test_what_comes_back_is_there_again(cloudflare_has, read, time_machine):
    for groups in ([policy("g1")], [], [policy("g1")]):
        cloudflare_has.lists["groups"] = groups
        time_machine.shift(MINUTE)
        read()
    assert gone() == set()
    assert len(kept(Kind.GROUP, "g1")) == 1


def test_only_so_many_are_asked_for(cloudflare_has, read, time_machine):
    cloudflare_has.lists["groups"] = [policy(f"g{number}") for number in range(MOST_LOOKED_FOR + 5)]
    read()
    cloudflare_has.lists["groups"] = []
    for found in (MOST_LOOKED_FOR, MOST_LOOKED_FOR + 5):
        time_machine.shift(MINUTE)
        read()
        assert len(gone()) == found


def test_refused_list_leaves_what_is_known(cloudflare_has, read, time_machine):
    cloudflare_has.lists |= {"apps": [app("a1", policy("p1"))], "groups": [policy("g1")]}
    read()
    read_at = Reading.objects.get(part=Reading.Part.APPS).read_at
    cloudflare_has.lists["apps"] = refusal()
    time_machine.shift(MINUTE)
    errors = read()
    assert "Access: Apps and Policies Read" in errors.pop(Reading.Part.APPS)
    assert set(errors.values()) == {""}
    assert (known(Kind.APP), known(Kind.POLICY), gone()) == ({"a1"}, {"p1"}, set())
    assert Reading.objects.get(part=Reading.Part.APPS).read_at == read_at


def test_empty_list_of_a_token_that_may_not_read(cloudflare_has, read):
    cloudflare_has.by_path["access/apps/00000000-0000-4000-8000-000000000000"] = refusal()
    errors = read()
    assert "Access: Apps and Policies Read" in errors[Reading.Part.APPS]
    assert Reading.objects.get(part=Reading.Part.APPS).read_at is None


def test_missing_but_refused_is_not_gone(cloudflare_has, read, time_machine):
    cloudflare_has.lists["groups"] = [policy("g1"), policy("g2")]
    read()
    cloudflare_has.lists["groups"] = [policy("g1")]
    cloudflare_has.unlisted["g2"] = refusal()
    time_machine.shift(MINUTE)
    error = read()[Reading.Part.GROUPS]
    assert error.startswith("Cloudflare no longer lists the rule group Policy g2, and cannot say whether it is gone: ")
    assert gone() == set()


# Policies of an application, whole or not at all


def test_list_without_policies_asks_each(cloudflare_has, read):
    cloudflare_has.lists["apps"] = [app("a1") | {"policies": None}]
    cloudflare_has.by_path["access/apps/a1/policies"] = [policy("p2", precedence=7), policy("p1", precedence=2)]
    read()
    assert kept(Kind.APP, "a1")[0]["policies"] == [{"id": "p2", "precedence": 7}, {"id": "p1", "precedence": 2}]


@pytest.mark.parametrize("odd", [None, {"name": "no id"}, {"id": "p" * 65}, {"id": "p1", "name": "no rules"}, 7])
def test_half_a_policy_hides_all(cloudflare_has, read, odd):
    cloudflare_has.lists["apps"] = [app("a1") | {"policies": [policy("p0"), odd]}]
    cloudflare_has.by_path["access/apps/a1/policies"] = [policy("p0"), odd]
    assert read()[Reading.Part.APPS] == ""
    assert "policies" not in kept(Kind.APP, "a1")[0]


def test_reusable_policy_need_only_be_named(cloudflare_has, read):
    cloudflare_has.lists |= {"policies": [policy("r1")], "apps": [app("a1") | {"policies": ["r1", {"id": "r1"}]}]}
    read()
    assert kept(Kind.APP, "a1")[0]["policies"] == [{"id": "r1", "precedence": 1}, {"id": "r1", "precedence": 2}]
    assert cloudflare_has.asked["access/apps/a1/policies"] == 0


def test_many_applications_are_asked_in_turn(cloudflare_has, read, time_machine):
    count = MOST_ASKED + 3
    cloudflare_has.lists["apps"] = [app(f"a{n}") | {"policies": None} for n in range(count)]
    cloudflare_has.by_path |= {f"access/apps/a{n}/policies": [policy(f"p{n}")] for n in range(count)}
    assert (
        read()[Reading.Part.APPS]
        == "Cloudflare lists 3 applications without policies; they are asked for in later rounds."
    )
    assert len(known(Kind.APP)) == MOST_ASKED
    time_machine.shift(MINUTE)
    read()
    assert (len(known(Kind.APP)), len(known(Kind.POLICY)), gone()) == (count, count, set())


# Odd answers


@pytest.mark.parametrize(
    "odd", [None, [], {}, 7, "text", {"id": None}, {"id": 7}, {"id": ""}, {"id": "x" * 65}, {"name": "no id"}]
)
def test_odd_rows_cost_no_other(cloudflare_has, read, odd):
    for name, right in {"apps": app("a1"), "policies": policy("r1"), "groups": policy("g1")}.items():
        cloudflare_has.lists[name] = [odd, right]
    cloudflare_has.lists["service_tokens"] = [odd, {"id": "s1"}]
    assert set(read().values()) == {""}
    assert AccessObject.objects.count() == 4


RULES: list[object] = [
    None,
    7,
    "text",
    [],
    {},
    {"email": None},
    {"email": 7},
    {"email": {"email": None}},
    {"a": 1, "b": 2},
    {"new": {"x": [{}]}},
]


def test_rules_of_any_shape_are_kept(cloudflare_has, read):
    cloudflare_has.lists["groups"] = [
        policy("g1", *RULES),
        {"id": "g2", "include": {"email": {"email": "a@x.example"}}},
    ]
    read()
    assert kept(Kind.GROUP, "g1")[0]["include"] == RULES
    assert kept(Kind.GROUP, "g2")[0]["include"] == {"email": {"email": "a@x.example"}}


def test_endless_rules_end_in_one_unknown(cloudflare_has, read):
    rules = [{"email": {"email": f"{number}@x.example"}} for number in range(2500)]
    cloudflare_has.lists["groups"] = [policy("g1", *rules[:500]), policy("g2", *rules)]
    read()
    assert kept(Kind.GROUP, "g1")[0]["include"] == rules[:500]
    assert kept(Kind.GROUP, "g2")[0]["include"][-1] == {TOO_MANY: {"left_out": 500}}


def test_secrets_of_rules_are_not_kept(cloudflare_has, read):
    address = "https://someone:hush@check.example/evaluate?key=hush#hush"
    cloudflare_has.lists["groups"] = [
        policy("g1", {"external_evaluation": {"evaluate_url": address, "api_key": "hush"}})
    ]
    cloudflare_has.lists["apps"] = [app("a1", saas_app={"private_key": "hush"}, custom_deny_url=address)]
    read()
    for row in Snapshot.objects.all():
        assert "hush" not in str(row.content)
        assert "check.example/evaluate" in str(row.content)


def test_broken_part_costs_no_other(cloudflare_has, read, monkeypatch):
    cloudflare_has.lists |= {"apps": failure(500, 1), "policies": [policy("r1")], "groups": NOT_FOUND}
    monkeypatch.setattr("logsync.ingest.configuration.round.service_token_content", lambda row: 1 / 0)
    cloudflare_has.lists["service_tokens"] = [{"id": "s1"}]
    errors = read()
    assert "500" in errors[Reading.Part.APPS]
    assert "404" in errors[Reading.Part.GROUPS]
    assert errors[Reading.Part.SERVICE_TOKENS].startswith("Gatehouse itself failed")
    assert known(Kind.POLICY) == {"r1"}


# Users


def test_users_on_record_are_kept(cloudflare_has, read, make_login, time_machine):
    make_login()
    cloudflare_has.lists["users"] = [
        {
            "id": "u1",
            "uid": "x1",
            "email": "Ada@Meridian.example",
            "name": "Ada",
            "last_successful_login": "2026-11-18T09:00:00Z",
        },
        {"id": "u2", "email": "nobody-here@meridian.example"},
        *({"id": "u3"}, {"email": "ada@meridian.example"}, {"id": 7, "email": None}, None),
    ]
    read()
    [user] = CloudflareUser.objects.all()
    assert (user.access_id, user.user_id, user.person, user.email) == (
        "u1",
        "x1",
        "ada@meridian.example",
        "Ada@Meridian.example",
    )
    read()
    assert cloudflare_has.asked["access/users"] == 2
    time_machine.shift(USERS_EVERY)
    read()
    assert cloudflare_has.asked["access/users"] == 4


# A small Cloudflare


def test_filtered_list_calls_nothing_gone(cloudflare, account, time_machine):
    [listed] = cloudflare().accounts()
    read_configuration(cloudflare().for_account(listed.account_id), account)
    apps = known(Kind.APP)
    time_machine.shift(MINUTE)
    read_configuration(cloudflare("some-applications").for_account(listed.account_id), account)
    assert (known(Kind.APP), gone()) == (apps, set())
    error = Reading.objects.get(part=Reading.Part.APPS).error
    assert "and cannot say whether it is gone: Cloudflare refused (403" in error
