"""Where Cloudflare Access is required, a request is that of its token's person, or refused."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test.utils import CaptureQueriesContext

from dashboard.audit_log.models import AuditEntry
from dashboard.permissions.role import Role
from dashboard.sign_in.cloudflare_access.token import Refusal
from tests.dashboard.sign_in.cloudflare_access.test_token import SERVICE

pytestmark = [pytest.mark.usefixtures("access"), pytest.mark.django_db]


@pytest.fixture
def get(client):
    """Ask for a page with this token."""

    def get(token=None, path="/glossary/", **headers):
        return client.get(path, headers=({"Cf-Access-Jwt-Assertion": token} if token else {}) | headers)

    return get


def said(response):
    return response.content.decode().replace("&#x27;", "'")


def signed_in_user(client):
    """The name of the session's user; None without one."""
    key = client.session.get("_auth_user_id")
    return User.objects.get(pk=key).username if key else None


def test_token_signs_its_person_in(client, get, make_token):
    assert get(make_token()).status_code == 200
    user = User.objects.get()
    assert (user.username, user.email, user.has_usable_password()) == (
        "ada@meridian.example",
        "ada@meridian.example",
        False,
    )
    assert set(user.groups.values_list("name", flat=True)) == {"helpdesk"}
    assert get(make_token()).status_code == 200
    assert list(AuditEntry.objects.values_list("action", "username")) == [
        ("roles_changed", "ada@meridian.example"),
        ("signed_in", "ada@meridian.example"),
    ]


@pytest.mark.parametrize("path", ["/", "/logins.csv", "/sign-in/", "/preferences/", "/nowhere/"])
@pytest.mark.parametrize("is_signed_in", [True, False])
def test_missing_header_is_refused(client, make_user, get, path, is_signed_in):
    if is_signed_in:
        client.force_login(make_user())
    # The cookie holds the same token, but Cloudflare does not promise to send it.
    client.cookies["CF_Authorization"] = "x"
    response = get(path=path)
    assert (response.status_code, Refusal.MISSING in said(response)) == (403, True)
    assert "sam" not in said(response)


def test_password_alone_signs_nobody_in(client, make_user):
    make_user()
    response = client.post("/sign-in/", {"username": "sam", "password": "a long enough password"})
    assert (response.status_code, signed_in_user(client)) == (403, None)


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_machines_need_no_token(get, path):
    assert get(path=path).status_code == 200


def test_another_person_ends_the_session(client, get, make_token):
    get(make_token())
    old = client.session.session_key
    get(make_token(email="grace@meridian.example"))
    assert signed_in_user(client) == "grace@meridian.example"
    assert client.session.session_key != old


def test_session_of_another_way_ends(client, make_user, get, make_token):
    client.force_login(make_user())
    get(make_token())
    assert signed_in_user(client) == "ada@meridian.example"


@pytest.mark.parametrize(
    ("claims", "refusal"),
    [
        ({"exp": timedelta(minutes=-1)}, Refusal.EXPIRED),
        ({"key": "forged", "key_id": "first"}, Refusal.INVALID),
        (SERVICE, Refusal.SERVICE_TOKEN),
        ({"email": "nobody"}, Refusal.NO_ADDRESS),
    ],
    ids=["expired", "forged", "service token", "no address"],
)
def test_refused_token_opens_nothing(client, get, make_token, claims, refusal):
    get(make_token())
    response = get(make_token(**claims))
    assert (response.status_code, refusal in said(response)) == (403, True)
    assert "ada@meridian.example" not in said(response)
    assert AuditEntry.objects.get(action="refused").details == {
        "by": "Cloudflare Access",
        "reason": refusal.name.lower(),
    }


@pytest.mark.parametrize("path", ["/%00/", "/x%0ay/", "/" + "x" * 4000])
def test_hostile_path_is_refused(get, path):
    assert get(path=path).status_code == 403


def test_disabled_account_is_refused(make_user, get, make_token):
    make_user("ada@meridian.example", is_active=False)
    assert Refusal.DISABLED in said(get(make_token()))


def test_account_of_that_name_is_used(make_user, get, make_token):
    make_user("ada@meridian.example", role=Role.SECURITY)
    assert get(make_token(email="ADA@meridian.example"), "/logins.csv").status_code == 200
    assert set(User.objects.get().groups.values_list("name", flat=True)) == {"security", "helpdesk"}


def test_changed_groups_count_at_once(get, make_token):
    assert get(make_token(custom={"groups": ["data-team"]}), "/logins.csv").status_code == 200
    assert get(make_token(custom={"groups": ["it-support"]}, iat=timedelta(0)), "/logins.csv").status_code == 403


def test_no_mapped_group_is_no_role(get, make_token):
    response = get(make_token(custom={"groups": ["gardeners"]}), "/logins/")
    assert (response.status_code, User.objects.get().groups.count()) == (403, 0)


def test_refusals_are_recorded_seldom(get):
    for _ in range(100):
        get()
    assert AuditEntry.objects.count() == 1


def test_flood_of_refusals_only_reads(get, make_token):
    forged = [make_token(key="forged", key_id=f"forged-{number}") for number in range(20)]
    get(forged[0])
    with CaptureQueriesContext(connection) as queries:
        for token in forged:
            get(token)
    assert {query["sql"].partition(" ")[0] for query in queries} == {"SELECT"}


def test_refusals_of_many_are_bounded(client):
    for number in range(100):
        client.get("/", REMOTE_ADDR=f"192.0.2.{number}")
    assert AuditEntry.objects.count() == 60


def test_unreachable_cloudflare_says_so(published, get, make_token):
    published.keys = []
    response = get(make_token())
    assert (response.status_code, Refusal.NO_KEYS in said(response)) == (503, True)


def test_part_of_page_gets_plain_text(get):
    response = get(path="/freshness/", **{"HX-Request": "true"})
    assert (response.status_code, response["Content-Type"]) == (403, "text/plain; charset=utf-8")


def test_without_settings_nothing_changes(settings, client, make_user, get):
    settings.CF_ACCESS_TEAM_DOMAIN = settings.CF_ACCESS_AUD = ""
    client.force_login(make_user())
    assert get().status_code == 200
