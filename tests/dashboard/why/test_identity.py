"""How far what Cloudflare last saw of a person is from a denied login."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.models import LastSeenIdentity
from tests.conftest import NOW
from tests.dashboard.reading import page_of

ENGINEERS = {
    "id": "5f0a37d0-6d3b-4c5c-8e4f-0a6f2f3f3d01",
    "name": "Engineers",
    "decision": "allow",
    "include": [{"okta": {"name": "eng-prod", "identity_provider_id": "idp"}}],
}


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.8, "at the time of this login"), (120, "2 minutes before this login"), (-120, "2 minutes after this login")],
)
def test_age_is_told_from_login(all_logins_known, make_login, read_policies, signed_in, seconds, words):
    read_policies(ENGINEERS)
    login = make_login()
    LastSeenIdentity.objects.create(
        account=login.account,
        access_id="cf-ada",
        user_id=login.user_id,
        person=login.person,
        seen_at=login.created_at - timedelta(seconds=seconds),
        first_read_at=NOW,
        last_read_at=NOW,
        content={"email": login.user_email},
        digest="0",
    )
    page = page_of(signed_in.get(login.get_absolute_url()))
    assert f", {words}" in page.text
