"""What of the configuration of Access is read, and what each missing permission costs."""

from __future__ import annotations

import pytest

from logsync.health.policies import OPTIONAL, look_at_policies
from logsync.ingest.configuration import read_configuration
from logsync.models import ApiToken, Reading
from tests.conftest import NOW
from tests.logsync.health.found import of

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("now")]
Part = Reading.Part


@pytest.fixture
def note(account):
    """Note how the reading of a part went."""
    account.api_token = ApiToken.objects.create(fingerprint="f")
    account.save()

    def note(part, error=""):
        Reading.objects.create(
            account=account, part=part, error=error, attempted_at=NOW, read_at=None if error else NOW
        )

    return note


def refused(permission):
    return f"Cloudflare refused (403, code 10000). Give the token the permission “{permission}” on this account."


def test_nothing_is_said_before_the_first_reading(note):
    assert list(look_at_policies()) == []


def test_what_is_read_is_one_line(note):
    for part in (Part.APPS, Part.POLICIES, Part.GROUPS):
        note(part)
    words = "The API token also reads Meridian: applications and their policies, rule groups; last at 19 Nov 14:06 UTC."
    assert of(look_at_policies(), "policies") == [("good", words, "")]


@pytest.mark.parametrize("optional", OPTIONAL, ids=lambda optional: optional.permission)
def test_missing_permission_is_no_fault(note, optional):
    note(optional.parts[-1], refused(optional.permission))
    [(state, words, hint)] = of(look_at_policies(), "policies")
    assert (state, hint) == ("new", "")
    assert words == (
        f"Meridian: {optional.reads} could not be read, so it is not known {optional.without}. The permission "
        f"“{optional.permission}” brings it; everything else works without it."
    )


def test_every_part_has_its_permission():
    assert sorted(part for optional in OPTIONAL for part in optional.parts) == sorted(Part)


def test_other_errors_are_warnings(note):
    note(Part.GROUPS, "Cloudflare answered 502; it is retried automatically.")
    note(Part.APPS)
    [(state, words, _), _] = of(look_at_policies(), "policies")
    assert (state, words) == (
        "warn",
        "Meridian: rule groups could not be read: Cloudflare answered 502; it is retried automatically.",
    )


@pytest.mark.parametrize(
    ("token", "missing"),
    [
        ("a-token", set()),
        ("no-policies", {Part.APPS, Part.POLICIES}),
        ("no-groups", {Part.GROUPS}),
        ("no-users", {Part.USERS}),
        ("no-service-tokens", {Part.SERVICE_TOKENS}),
        ("no-lists", {Part.LISTS}),
        ("no-audit-log", {Part.AUDIT_LOG}),
    ],
)
def test_each_permission_is_found_missing(cloudflare, account, note, token, missing):
    [listed] = cloudflare().accounts()
    read_configuration(cloudflare(token).for_account(listed.account_id), account)
    assert set(Reading.objects.exclude(error="").values_list("part", flat=True)) == missing
    assert {state for state, *_ in of(look_at_policies(), "policies")} == ({"good", "new"} if missing else {"good"})
