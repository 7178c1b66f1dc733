"""Checks that ask Cloudflare: tokens, accounts, permissions and the clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import httpx
import pytest

from logsync.cloudflare.client import CloudflareClient
from logsync.health import ask_cloudflare, tokens
from logsync.ingest.directory import sync_directory
from logsync.ingest.tokens import Connections, api_tokens
from logsync.models import Account, ApiToken
from logsync.simulator import Simulator
from logsync.simulator.server.faults import html_page
from logsync.simulator.server.serve import serving
from tests.logsync.cloudflare.answers import failure, success
from tests.logsync.health.found import of, states, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("beat_was_seen", "broker")]
MINUTE = timedelta(minutes=1)
BAD_GATEWAY = (
    "Cloudflare's API was not reached: a proxy or Cloudflare's edge answered 502. It is retried automatically; if it "
    "keeps happening, check any proxy or firewall between here and Cloudflare, and CLOUDFLARE_API_BASE_URL."
)
NO_LIST = "List accounts endpoint does not support account owned tokens."
FROM_ELSEWHERE = "Cannot use the access token from location: 192.0.2.30"


def verifying(status="active", expires_on=None, *, more=None):
    """A Cloudflare of one account whose token is in that state."""

    def answer(request):
        path = request.url.path.removeprefix("/client/v4/")
        if answer := (more or {}).get(path.rsplit("/", 1)[-1]):
            return answer
        if path.endswith("tokens/verify"):
            return success({"status": status, "expires_on": expires_on})
        if path.endswith("policies"):
            return failure(404, 11021, "unknown application")
        return success(
            [{"id": "a1", "name": "One"}] if path == "accounts" and request.url.params["page"] == "1" else []
        )

    base_url = "https://api.cloudflare.example/client/v4"
    return lambda _: CloudflareClient("a-token", base_url=base_url, transport=httpx.MockTransport(answer))


def test_valid_token_shows_expiry(now):
    found = the(ask_cloudflare(verifying(expires_on="2027-01-31T00:00:00Z")), "token")
    assert found == ("good", "The API token is active until 31 Jan 2027.", "")


def test_token_may_never_expire():
    assert the(ask_cloudflare(verifying()), "token") == ("good", "The API token is active.", "")


@pytest.mark.parametrize(
    ("status", "expires_on", "state", "words"),
    [
        ("disabled", None, "bad", "The API token is disabled."),
        ("", None, "bad", "The API token is not active."),
        ("expired", "2026-11-01T00:00:00Z", "bad", "The API token has expired."),
        ("active", "2026-11-19T14:00:00Z", "bad", "The API token has expired."),
        ("active", "2026-11-30T00:00:00Z", "warn", "The API token is active, but expires on 30 Nov 2026."),
    ],
)
def test_expiring_token_must_be_replaced(status, expires_on, state, words, now):
    found = the(ask_cloudflare(verifying(status, expires_on)), "token")
    assert found[:2] == (state, words)
    assert "Create a new token, set CLOUDFLARE_API_TOKEN" in found[2]


def test_unverifiable_but_working_token_is_good():
    checks = ask_cloudflare(verifying(more={"verify": failure(401, 1000, "Invalid API Token")}))
    assert the(checks, "token") == ("good", "The API token cannot be verified, but reads its logs.", "")


def test_account_owned_token_names_accounts():
    refusals = {"accounts": failure(400, 1001, NO_LIST), "verify": failure(401, 1000, "Invalid API Token")}
    checks = ask_cloudflare(verifying(more=refusals))
    state, words, hint = the(checks, "accounts")
    assert (state, NO_LIST in words) == ("bad", True)
    assert hint == "Name the accounts to be read in CLOUDFLARE_ACCOUNT_IDS, and restart."
    assert of(checks, "token") == []


def test_filter_by_address_keeps_token(settings):
    settings.CLOUDFLARE_ACCOUNT_IDS = ["a1"]
    refusal = failure(403, 9109, FROM_ELSEWHERE)
    checks = ask_cloudflare(
        verifying(more=dict.fromkeys(["accounts", "verify", "access_requests", "policies"], refusal))
    )
    state, words, hint = the(checks, "token")
    assert (state, FROM_ELSEWHERE in words) == ("bad", True)
    assert hint.startswith("Allow this address in the token's client IP address filter")


def test_strange_answer_blames_no_one():
    checks = ask_cloudflare(verifying(more={"access_requests": success({})}))
    [[words, hint]] = [found[1:] for found in of(checks, "permissions") if found[0] == "bad"]
    assert "is not a list" in words
    assert "Gatehouse" not in words + hint


def test_rejected_token_is_reported_once(cloudflare):
    sync_directory(lambda _: cloudflare())
    checks = ask_cloudflare(lambda _: cloudflare("wrong"))
    state, words, hint = the(checks, "token")
    assert (state, words) == (
        "bad",
        "Cloudflare does not accept the API token (403, code 9109, “Invalid access token”).",
    )
    assert hint.startswith("Create a new one, set CLOUDFLARE_API_TOKEN")
    assert of(checks, "permissions") == []


def test_unreachable_cloudflare_does_not_blame_token(cloudflare):
    sync_directory(lambda _: cloudflare())
    checks = ask_cloudflare(lambda _: cloudflare(faults=lambda _: html_page(502)))
    state, words, _ = the(checks, "token")
    assert (state, words) == (
        "warn",
        f"The API token: not known right now. {BAD_GATEWAY}",
    )
    [(state, words, _)] = of(checks, "permissions")
    assert (state, words) == ("warn", f"Meridian, logins: not known right now. {BAD_GATEWAY}")


def test_failed_verification_fails_only_itself(cloudflare):
    sync_directory(lambda _: cloudflare())
    fault = lambda request: html_page(502) if "tokens/verify" in request.path else None  # noqa: E731
    checks = ask_cloudflare(lambda _: cloudflare(faults=fault))
    assert states(checks, "token") == ["warn"]
    assert the(checks, "permissions")[:2] == ("good", "The API token reads Meridian: logins, SCIM, names.")


def test_remaining_calls_are_shown(settings):
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        words = the(ask_cloudflare(Connections().connect_sparingly), "token")[1]
    assert words == "The API token is active until 31 Dec 2099; 1,199 of 1,200 calls left."


def test_waiting_token_is_not_checked(settings, token, account):
    ApiToken.objects.update(blocked_until=datetime.now(UTC) + 4 * MINUTE)
    with serving(Simulator()) as settings.CLOUDFLARE_API_BASE_URL:
        checks = ask_cloudflare(Connections().connect_sparingly)
    state, words, hint = the(checks, "token")
    assert state == "warn"
    assert words.startswith("The API token: not checked right now. The token waits 2")
    assert "retried automatically" in hint
    assert states(checks, "clock") == ["warn"]


def test_failing_token_check_stops_no_other(settings, cloudflare):
    def connect(token):
        if token.name == "a1":
            raise LookupError("taken away")
        return cloudflare()

    settings.CLOUDFLARE_API_TOKENS = {"a1": "one", "": "other"}
    for token, id in zip(api_tokens(), ("a1", "a2"), strict=True):
        Account.objects.create(account_id=id, api_token=token)
    first, second = of(ask_cloudflare(connect), "token")
    assert first[:2] == ("bad", "This check itself failed (LookupError: taken away).")
    assert second[0] == "good"


# Accounts and permissions


def test_complete_token_is_one_line(cloudflare):
    checks = ask_cloudflare(lambda _: cloudflare())
    assert the(checks, "accounts") == ("good", "The API token is for Meridian.", "")
    assert the(checks, "permissions") == ("good", "The API token reads Meridian: logins, SCIM, names.", "")


@pytest.mark.parametrize(
    ("token", "state", "what", "permission", "rest"),
    [
        ("no-logins", "bad", "logins", "Access: Audit Logs Read", "SCIM, names"),
        ("no-scim", "bad", "SCIM", "Access: SCIM Logs Read", "logins, names"),
        ("no-names", "warn", "names", "Access: Apps and Policies Read", "logins, SCIM"),
    ],
)
def test_a_missing_permission_is_named(cloudflare, token, state, what, permission, rest):
    sync_directory(lambda _: cloudflare())
    read, refused = of(ask_cloudflare(lambda _: cloudflare(token)), "permissions")
    assert read == ("good", f"The API token reads Meridian: {rest}.", "")
    assert refused[0] == state
    assert refused[1].startswith(f"The API token does not read Meridian, {what}: Cloudflare refused (403, code 10000")
    assert refused[2].startswith(f"Give the token the permission “{permission}” on this account")


def test_account_without_scim_needs_no_permission():
    checks = ask_cloudflare(verifying())
    assert the(checks, "permissions")[1] == "The API token reads One: logins, names."


def test_cloudflare_error_is_not_missing_permission(cloudflare):
    sync_directory(lambda _: cloudflare())
    fault = lambda request: html_page(502) if "logs/scim" in request.path else None  # noqa: E731
    read, unknown = of(ask_cloudflare(lambda _: cloudflare(faults=fault)), "permissions")
    assert read[1] == "The API token reads Meridian: logins."
    assert unknown[:2] == (
        "warn",
        f"Meridian, SCIM: not known right now. {BAD_GATEWAY}",
    )


def test_unchecked_accounts_wait_for_next_round(monkeypatch, cloudflare):
    monkeypatch.setattr(tokens, "ASK_SECONDS", -1.0)
    found = the(ask_cloudflare(lambda _: cloudflare()), "permissions")
    assert found[:2] == ("warn", "What the API token reads of Meridian was not checked: time ran out.")


def test_token_without_accounts_needs_permission():
    found = the(ask_cloudflare(verifying(more={"accounts": success([])})), "accounts")
    assert found[:2] == ("bad", "The token lists no account.")
    assert found[2].startswith("Give it the permission “Account Settings Read”")


def test_unlisted_accounts_are_still_read(token, read_account, cloudflare):
    ApiToken.objects.update(error="Cloudflare answered 502; it is retried automatically.")
    found = the(ask_cloudflare(lambda _: cloudflare()), "accounts")
    assert found[:2] == (
        "warn",
        "Cloudflare answered 502; it is retried automatically. The accounts known before are still being read: "
        "Meridian.",
    )


def test_account_without_token_is_warned_about(make_stream, cloudflare):
    make_stream()
    sync_directory(lambda _: cloudflare())
    _, orphan = of(ask_cloudflare(lambda _: cloudflare()), "accounts")
    assert orphan[:2] == ("warn", "No API token reads Meridian any more; stored rows are kept.")


# Clock


@pytest.mark.parametrize(
    ("ahead", "state", "words"),
    [
        (0, "good", "Clock within 1 s of Cloudflare's."),
        (-2, "good", "Clock within 2 s of Cloudflare's."),
        (10, "warn", "This machine's clock is 10 s behind Cloudflare's."),
        (-10, "warn", "This machine's clock is 9 s ahead of Cloudflare's."),
        (3600, "bad", "This machine's clock is 60 min behind Cloudflare's."),
    ],
)
def test_clock_is_compared_with_cloudflare(ahead, state, words, cloudflare, now):
    checks = ask_cloudflare(lambda _: cloudflare(clock=lambda: now + timedelta(seconds=ahead)))
    found = the(checks, "clock")
    assert found[:2] == (state, words)
    assert ("by NTP" in found[2]) == (state != "good")
