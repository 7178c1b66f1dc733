"""Checks of identity providers and applications."""

from __future__ import annotations

from datetime import timedelta

import pytest

from logsync.health import look_around
from logsync.health.providers import look_at_providers
from logsync.ingest.directory import sync_directory
from logsync.models import Account, IdentityProvider
from tests.logsync.health.found import of, states, the

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("beat_was_seen", "broker")]
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@pytest.fixture
def make_provider(read_account, now):
    def make(name, **values):
        values = {"scim_enabled": True, "first_listed_at": now - 30 * DAY} | values
        return IdentityProvider.objects.create(account=read_account, idp_id=name, name=name, **values)

    return make


def test_providers_are_named_by_scim_support(make_provider):
    make_provider("Okta")
    make_provider("One-time PIN", scim_enabled=False)
    assert the(look_around(), "providers") == (
        "good",
        "Meridian: SCIM is on for 1 of 2 identity providers; off for One-time PIN.",
        "",
    )


def test_only_first_names_are_shown(make_provider):
    for number in range(8):
        make_provider(f"p{number}", scim_enabled=False)
    words = "Meridian has no SCIM log: SCIM is off for all its identity providers (p0, p1, p2, p3, p4, 3 more)."
    assert the(look_around(), "providers") == ("good", words, "")


def test_account_is_named_once(make_provider):
    other = Account.objects.create(account_id="other", name="Zenith")
    make_provider("Okta")
    IdentityProvider.objects.create(account=other, idp_id="2", name="Okta")
    words = the(look_around(), "providers")[1]
    assert words == "Meridian: SCIM is on for 1 of 1 identity providers."
    IdentityProvider.objects.filter(account__name="Meridian").update(scim_enabled=False)
    words = the(look_around(), "providers")[1]
    assert words == "Meridian has no SCIM log: SCIM is off for all its identity providers (Okta)."


def test_new_provider_is_news_for_day(make_provider, now, time_machine):
    make_provider("Okta")
    make_provider("Entra B2B", first_listed_at=now - HOUR)
    _, news = of(look_around(), "providers")
    assert news == ("new", "New provider Entra B2B of Meridian since 19 Nov 13:06 UTC, synced from now on.", "")
    time_machine.shift(DAY)
    assert states(look_at_providers(), "providers") == ["good"]


def test_first_listing_is_not_news(make_provider, now):
    for name in ("Okta", "Entra ID"):
        make_provider(name, first_listed_at=now)
    assert states(look_around(), "providers") == ["good"]


def test_vanished_provider_warns_for_week(make_provider, now, time_machine):
    make_provider("Okta")
    make_provider("Entra ID", vanished_at=now - HOUR)
    _, vanished = of(look_around(), "providers")
    assert vanished[:2] == (
        "warn",
        "Provider Entra ID of Meridian has not been listed since 19 Nov 13:06 UTC; its rows are kept.",
    )
    time_machine.shift(7 * DAY)
    assert states(look_at_providers(), "providers") == ["good"]


def test_account_without_providers_may_lack_permission(read_account):
    state, words, hint = the(look_around(), "providers")
    assert (state, words) == ("warn", "Cloudflare lists no identity providers for Meridian.")
    assert "“Access: Organizations, Identity Providers, and Groups Read”" in hint


@pytest.mark.parametrize("known", [True, False])
def test_refused_providers_are_bad_when_unknown(known, cloudflare):
    sync_directory(lambda _: cloudflare("a-token" if known else "no-names"))
    if known:
        Account.objects.update(providers_error="Cloudflare refused (403). Give the token the permission.")
    first, *_ = of(look_around(), "providers")
    assert first[0] == ("warn" if known else "bad")
    assert first[1].startswith("The identity providers of Meridian could not be listed: Cloudflare refused (403")
    assert first[2].startswith("Give the token the permission")


def test_refused_applications_are_warned_about(make_provider):
    make_provider("Okta")
    Account.objects.update(applications_error="Cloudflare refused (403). Give the token the permission.")
    first, _ = of(look_around(), "providers")
    assert first == (
        "warn",
        "The applications of Meridian could not be listed: Cloudflare refused (403).",
        "Give the token the permission.",
    )
