"""Cloudflare's own SDK, an independent witness of the wire format, reads what the simulator writes."""

from datetime import timedelta
from itertools import islice

import httpx
import pytest
from cloudflare import Cloudflare, PermissionDeniedError

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import BASE_URL, NOW, Reader

DAY_AGO = NOW - timedelta(days=1)
HOURS_AGO = NOW - timedelta(hours=2)


def cloudflare(simulator: Simulator, token: str = "a-token") -> Cloudflare:
    http = httpx.Client(transport=httpx.WSGITransport(app=simulator))
    return Cloudflare(api_token=token, base_url=BASE_URL, http_client=http, max_retries=0)


@pytest.fixture(scope="module")
def sdk(reader: Reader) -> Cloudflare:
    return cloudflare(reader.simulator)


@pytest.fixture(scope="module")
def account_id(reader: Reader) -> str:
    return reader.company.account_id


def test_sdk_finds_account_and_verifies_token(sdk: Cloudflare, account_id: str) -> None:
    [account] = sdk.accounts.list()
    assert (account.id, account.name) == (account_id, "Meridian")
    verified = sdk.user.tokens.verify()
    assert verified is not None
    assert verified.status == "active"


def test_sdk_pages_through_access_requests(sdk: Cloudflare, reader: Reader, account_id: str) -> None:
    read = []
    for page in range(1, 100):
        requests = sdk.zero_trust.access.logs.access_requests.list(
            account_id=account_id, since=HOURS_AGO, until=NOW, direction="asc", limit=100, per_page=100, page=page
        )
        if not requests:
            break
        read += requests
    assert [request.rayid for request in read] == [row["ray_id"] for row in reader.logins(HOURS_AGO, NOW)]
    assert all(request.created_at and HOURS_AGO <= request.created_at <= NOW for request in read)


def test_sdk_pages_through_scim_updates(sdk: Cloudflare, reader: Reader, account_id: str) -> None:
    updates = list(
        sdk.zero_trust.access.logs.scim.updates.list(
            account_id=account_id, idp_id=reader.idp_ids, since=DAY_AGO, until=NOW, direction="asc", per_page=50
        )
    )
    rows = reader.scim(DAY_AGO, NOW)
    assert [(update.request_method, update.request_body) for update in updates] == [
        (row["request_method"], row.get("request_body")) for row in rows
    ]
    assert {update.status for update in updates} >= {"SUCCESS", "FAILURE"}
    assert len(rows) > 300


def test_the_sdk_reads_applications(sdk: Cloudflare, account_id: str) -> None:
    apps = list(sdk.zero_trust.access.applications.list(account_id=account_id, per_page=5))
    assert len(apps) == 17
    assert apps[0].name == "Grafana"


def test_the_sdk_reads_identity_providers(sdk: Cloudflare, account_id: str) -> None:
    providers = list(sdk.zero_trust.identity_providers.list(account_id=account_id, scim_enabled="true"))
    assert [provider.type for provider in providers] == ["okta", "azureAD"]
    assert all(provider.scim_config and provider.scim_config.secret for provider in providers)


def test_the_sdk_reads_users_and_groups(sdk: Cloudflare, reader: Reader, account_id: str) -> None:
    okta = reader.idp_ids[0]
    users = list(sdk.zero_trust.identity_providers.scim.users.list(okta, account_id=account_id))
    groups = list(sdk.zero_trust.identity_providers.scim.groups.list(okta, account_id=account_id))
    assert users[0].emails
    assert users[0].emails[0].value == "jane.doe@meridian.example"
    assert "eng-prod" in {group.display_name for group in groups}
    people = list(islice(sdk.zero_trust.access.users.list(account_id=account_id), 30))
    assert people[0].email == "jane.doe@meridian.example"


def test_the_sdk_reads_failed_logins(sdk: Cloudflare, reader: Reader, account_id: str) -> None:
    person = reader.story.deprovisioning(NOW.date()).person
    failures = sdk.zero_trust.access.users.failed_logins.list(person.user_id, account_id=account_id)
    assert len(failures.result) >= 4


def test_the_sdk_understands_a_refusal(reader: Reader, account_id: str) -> None:
    with pytest.raises(PermissionDeniedError, match="Authentication error") as refused:
        cloudflare(reader.simulator, "no-logins").zero_trust.access.logs.access_requests.list(account_id=account_id)
    assert refused.value.status_code == 403


def test_the_sdk_reads_policies_and_groups(sdk: Cloudflare, account_id: str) -> None:
    access = sdk.zero_trust.access
    [jira] = access.applications.list(account_id=account_id, name="Jira")
    assert jira.id
    policies = list(access.applications.policies.list(jira.id, account_id=account_id))
    assert [policy.decision for policy in policies] == ["deny", "deny", "allow", "allow", "allow", "allow"]
    reusable = list(access.policies.list(account_id=account_id))
    assert {policy.app_count for policy in reusable} >= {5}
    groups = list(access.groups.list(account_id=account_id))
    assert all(group.include for group in groups)
    assert [token.name for token in access.service_tokens.list(account_id=account_id)][-1] == "old-backup"


def test_the_sdk_reads_lists_and_items(sdk: Cloudflare, account_id: str) -> None:
    lists = list(sdk.zero_trust.gateway.lists.list(account_id=account_id))
    assert {one.type for one in lists} == {"IP", "EMAIL"}
    for one in lists[:3]:
        assert one.id
        items = list(sdk.zero_trust.gateway.lists.items.list(one.id, account_id=account_id))
        assert len(items) == one.count


def test_the_sdk_reads_identities_and_sessions(sdk: Cloudflare, reader: Reader, account_id: str) -> None:
    users = sdk.zero_trust.access.users
    [jane] = users.list(account_id=account_id, email="jane.doe@meridian.example")
    assert jane.id
    assert jane.last_successful_login
    seen = users.last_seen_identity.get(jane.id, account_id=account_id)
    assert seen is not None
    assert (seen.email, seen.idp and seen.idp.type) == (jane.email, "okta")
    assert seen.device_posture
    sessions = list(users.active_sessions.list(jane.id, account_id=account_id))
    assert all(session.metadata and session.metadata.apps for session in sessions)
    assert sessions


def test_the_sdk_pages_through_audit_log(sdk: Cloudflare, account_id: str) -> None:
    entries = list(
        sdk.accounts.logs.audit.list(
            account_id=account_id, since=(NOW - timedelta(days=5)).isoformat(), before=NOW.isoformat(), limit=10
        )
    )
    assert len(entries) > 20
    assert all(entry.action and entry.action.time and entry.actor and entry.actor.email for entry in entries)
