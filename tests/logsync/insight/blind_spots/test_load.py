"""What an account is set up to do, read from snapshots."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.cloudflare.references import APP, GROUP, POLICY, PROVIDER, SERVICE_TOKEN, Reference
from logsync.ingest.snapshots import keep_snapshot
from logsync.insight.blind_spots.findings import findings_of
from logsync.insight.blind_spots.load import bypass_policies_of, setup_of
from logsync.models import AccessObject, IdentityProvider, Reading
from tests.conftest import NOW

GRAFANA = "13d976ec-915a-4e59-afab-cef6291764b8"
IN_ENG = {"group": {"id": "eng"}}
BYPASS = {"id": "health", "name": "Health checks", "decision": "bypass", "include": [{"everyone": {}}]}
STAFF = {"id": "staff", "name": "Staff", "decision": "allow", "include": [IN_ENG], "reusable": True}
ENG = {"id": "eng", "name": "Engineering", "include": [{"email_domain": {"domain": "meridian.example"}}]}


@pytest.fixture
def keep(account):
    return lambda kind, at=NOW, **content: keep_snapshot(account, AccessObject.Kind(kind), content["id"], content, at)


def test_newest_forms_are_taken(account, read_policies):
    read_policies(BYPASS, STAFF, groups=[ENG])
    read_policies(STAFF | {"name": "All staff"}, groups=[ENG], at=NOW, until=NOW + timedelta(hours=1))
    setup = setup_of(account)
    assert [policy.name for policy in setup.policies_of(GRAFANA)] == ["All staff"]
    assert setup.users[Reference(GROUP, "eng")] == (Reference(POLICY, "staff"),)
    assert setup.users[Reference(POLICY, "staff")] == (Reference(APP, GRAFANA),)
    assert setup.still_there == {"staff"}
    assert setup.is_read == {APP, POLICY, GROUP}


def test_what_is_gone_is_left_out(account, read_policies):
    read_policies(BYPASS, STAFF, groups=[ENG])
    AccessObject.objects.filter(object_id="eng").update(gone_at=NOW)
    setup = setup_of(account)
    assert setup.gone == {Reference(GROUP, "eng")}
    [missing] = [one for one in findings_of(setup, NOW).found if one.kind == "missing"]
    assert missing.sentence.text(str) == "“Staff” names a rule group that no longer exists: eng."


@pytest.mark.parametrize(("part", "missing"), [("policies", POLICY), ("groups", GROUP)])
def test_part_that_failed_is_not_read(part, missing, account, read_policies):
    read_policies(STAFF, groups=[ENG])
    Reading.objects.filter(part=part).update(error="Grant Access: Apps and Policies Read.")
    assert setup_of(account).is_read == {APP, POLICY, GROUP} - {missing}


def test_providers_tokens_and_lists_have_names(account, keep):
    keep("service_token", id="t", name="ci-deploy", expires_at="2026-11-01T00:00:00Z")
    keep("list", id="l", name="Blocked people", items=[{"value": "ada@meridian.example"}])
    IdentityProvider.objects.create(account=account, idp_id="okta", name="Okta", type="okta")
    IdentityProvider.objects.create(account=account, idp_id="old", name="Old", vanished_at=NOW)
    setup = setup_of(account)
    assert setup.name_of(Reference(SERVICE_TOKEN, "t")) == "ci-deploy"
    assert setup.name_of(Reference("list", "l")) == "Blocked people"
    assert setup.name_of(Reference(PROVIDER, "okta")) == "Okta"
    assert setup.providers == {"okta": "Okta"}
    account.providers_error = "Grant it."
    assert setup_of(account).providers is None


@pytest.mark.parametrize(
    "content",
    [
        {"name": None, "policies": [None, 7, {"id": None}, {"id": "p", "precedence": "x"}], "allowed_idps": "okta"},
        {"name": ["x"], "policies": "all", "type": 7},
        {"policies": {"id": "p"}},
    ],
)
def test_odd_contents_are_taken(content, account, keep):
    keep("app", **content | {"id": "app"})
    keep("policy", id="p", decision=None, include="everyone", require=[None, {"geo": None}, {"ip": {"ip": 7}}])
    keep("group", id="g", include={"group": {"id": "g"}})
    keep("service_token", id="t", name=None, expires_at=7)
    assert findings_of(setup_of(account), NOW).is_complete


def test_bypass_policies_of_one_app(account, read_policies):
    read_policies(BYPASS, STAFF)
    assert [policy.name for policy in bypass_policies_of(GRAFANA)] == ["Health checks"]
    assert [policy.name for policy in bypass_policies_of(GRAFANA, [account.account_id])] == ["Health checks"]
    assert bypass_policies_of(GRAFANA, ["elsewhere"]) == bypass_policies_of("") == bypass_policies_of("unknown") == []
    read_policies(STAFF, at=NOW, until=NOW)
    assert bypass_policies_of(GRAFANA) == []


def test_bypass_that_nobody_meets_is_left_out(read_policies):
    read_policies({**BYPASS, "exclude": [{"everyone": {}}]})
    assert bypass_policies_of(GRAFANA) == []


def test_reading_many_takes_few_queries(account, read_policies, django_assert_num_queries):
    for number in range(20):
        read_policies({**STAFF, "id": f"{number}"}, groups=[ENG | {"id": f"{number}"}], id=f"app {number}")
    with django_assert_num_queries(6):
        setup_of(account)
