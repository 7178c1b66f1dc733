"""An account that is set up with a bit of everything."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.models import AccessObject, IdentityProvider, Reading
from tests.conftest import NOW

GRAFANA = "13d976ec-915a-4e59-afab-cef6291764b8"
STAFF = {
    "id": "staff",
    "name": "Staff",
    "decision": "allow",
    "reusable": True,
    "include": [{"group": {"id": "eng"}}, {"email": {"email": "guest@partner.example"}}],
    "require": [{"geo": {"country_code": "DE"}}],
    "exclude": [{"ip": {"ip": "203.0.113.7"}}],
    "purpose_justification_required": True,
}
HEALTH = {"id": "health", "name": "Health checks", "decision": "bypass", "include": [{"everyone": {}}]}
SPARE = {"id": "spare", "name": "Spare", "decision": "deny", "reusable": True, "include": [{"everyone": {}}]}
ENG = {
    "id": "eng",
    "name": "Engineering",
    "include": [{"okta": {"name": "eng-prod", "identity_provider_id": "okta"}}, {"group": {"id": "leads"}}],
}
LEADS = {"id": "leads", "name": "Leads", "include": [{"email_list": {"id": "vip"}}, {"group": {"id": "eng"}}]}


@pytest.fixture
def keep(account):
    """Have something read."""

    def keep(kind, content, at=NOW, of=account):
        return keep_snapshot(of, AccessObject.Kind(kind), content["id"], content, at)

    return keep


@pytest.fixture
def configured(account, read_policies, keep):
    """An application with two policies; a policy that nothing uses, groups in a circle, a list, a service token."""
    IdentityProvider.objects.create(account=account, idp_id="okta", name="Okta", type="okta")
    read_policies(STAFF, HEALTH, groups=[ENG, LEADS], allowed_idps=["okta"])
    keep("policy", SPARE)
    keep("list", {"id": "vip", "name": "VIPs", "items": [{"value": "ada@meridian.example"}] * 3})
    keep("service_token", {"id": "ci", "name": "ci-deploy", "expires_at": "2026-11-01T00:00:00Z"})
    Reading.objects.create(
        account=account,
        part=Reading.Part.LISTS,
        attempted_at=NOW,
        read_at=NOW - timedelta(days=2),
        error="Grant Zero Trust Read to the API token.",
    )
