"""Advice on SCIM errors: each entry is found by its examples and rests on a public page, and nothing else gets any."""

from __future__ import annotations

import re
from urllib.parse import urlsplit

import pytest

from logsync.scim.advice import Vendor, advice_on, vendor_of
from logsync.scim.advice.advise import HEALED_BY
from logsync.scim.advice.entries import ENTRIES, UNIQUENESS, UNIQUENESS_OF_GROUPS
from logsync.scim.advice.vendors import WHERE_TO_LOOK
from logsync.scim.fingerprint import NO_TEXT, template_of
from logsync.scim.history.problem_lifecycle import ANSWERED_BY, SUCCESS, Attempt, State, statuses
from tests.conftest import NOW

SCIM_TYPES = {
    "invalidFilter",
    "tooMany",
    "uniqueness",
    "mutability",
    "invalidSyntax",
    "invalidPath",
    "noTarget",
    "invalidValue",
    "invalidVers",
    "sensitive",
}
PUBLIC = {
    "www.rfc-editor.org",
    "developers.cloudflare.com",
    "www.cloudflarestatus.com",
    "help.okta.com",
    "developer.okta.com",
    "learn.microsoft.com",
    "jumpcloud.com",
}


def _title(error, resource_type="USER", method="POST", vendor=None):
    advice = advice_on(template_of(error), method, resource_type, vendor)
    return advice.title if advice else None


def _conflict(resource_type, vendor, method="POST"):
    advice = advice_on("409 conflict", method, resource_type, vendor)
    assert advice
    return advice


@pytest.mark.parametrize(
    ("entry", "example"),
    [(entry, example) for entry in ENTRIES for example in entry.examples],
    ids=lambda one: one if isinstance(one, str) else one.title,
)
def test_entry_is_found_by_examples(entry, example):
    assert _title(example, entry.resource_type or "USER") == entry.title


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_entry_rests_on_public_pages(entry):
    cited = [*entry.sources, *(source for step in entry.at.values() for source in step.sources)]
    assert entry.sources
    assert all(step.sources for step in entry.at.values())
    for source in cited:
        url = urlsplit(source.url)
        assert (url.scheme, url.hostname in PUBLIC) == ("https", True)
        assert source.label


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.title)
def test_entry_has_cause_check_and_cure(entry):
    for text in (entry.title, entry.cause, entry.check, entry.heals, *(step.text for step in entry.at.values())):
        assert len(text) < 260
        assert text == text.strip()
    for text in (entry.cause, entry.check, entry.heals):
        assert text[-1] in ".?"


def test_every_scim_type_has_advice():
    assert {entry.scim_type for entry in ENTRIES} - {""} == SCIM_TYPES
    for scim_type in SCIM_TYPES:
        assert _title(f'{{"scimType":"{scim_type}","status":"400"}}')


@pytest.mark.parametrize(
    "error",
    [
        "",
        NO_TEXT,
        "The quick brown fox",
        "Could not add 3 of 12 members",
        "userName is case sensitive",
        "member ada is already in the group",
        "User sensitive@example.com was skipped",
        "mutabilityless",
        "rated",
    ],
)
@pytest.mark.parametrize("resource_type", ["USER", "GROUP", ""])
def test_unrelated_error_gets_no_advice(error, resource_type):
    assert _title(error, resource_type) is None


def test_names_in_errors_choose_no_advice():
    for name in ("uniqueness", "rate limit", "404", "forbidden"):
        assert _title(f'Skipped "{name} {name}"') is None


def test_groups_and_users_differ():
    assert _title("409 Conflict", "GROUP") == UNIQUENESS_OF_GROUPS.title
    assert _title("409 Conflict", "USER") == UNIQUENESS.title
    assert _title("409 Conflict", "") == UNIQUENESS.title


def test_type_counts_more_than_words():
    error = '{"scimType":"mutability","detail":"userName already exists","status":"400"}'
    assert _title(error) == "The attribute can’t be changed"


@pytest.mark.parametrize("vendor", Vendor)
@pytest.mark.parametrize("resource_type", ["USER", "GROUP"])
def test_vendor_says_where_to_look(vendor, resource_type):
    advice = _conflict(resource_type, vendor)
    where = WHERE_TO_LOOK[vendor, resource_type]
    assert advice.vendor_checks[-1] == where.text
    assert set(where.sources) <= set(advice.sources)
    assert len(set(advice.sources)) == len(advice.sources)


def test_unknown_vendor_gets_general_advice():
    advice = _conflict("USER", None)
    assert advice.vendor_checks == ()
    assert advice.sources == UNIQUENESS.sources


@pytest.mark.parametrize(
    ("type", "name", "vendor"),
    [
        ("okta", "Corporate", Vendor.OKTA),
        ("azureAD", "Okta", Vendor.ENTRA),
        ("saml", "JumpCloud", Vendor.JUMPCLOUD),
        ("oidc", "Our Jump Cloud", Vendor.JUMPCLOUD),
        ("saml", "Entra (old)", Vendor.ENTRA),
        ("saml", "Azure AD", Vendor.ENTRA),
        ("saml", "Okta to Entra", None),
        ("onelogin", "OneLogin", None),
        ("", "", None),
    ],
)
def test_vendor_follows_type_then_name(type, name, vendor):
    assert vendor_of(type, name) == vendor


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE"])
def test_cure_is_what_heals(method):
    def attempt(id, method, status):
        problem = "" if status == SUCCESS else "p"
        return Attempt(id, NOW.replace(minute=id), status, method, problem, frozenset({"title"}), "")

    named = set(re.findall(r"[A-Z]{3,}", HEALED_BY[method]))
    settled = State.DELETED if method == "DELETE" else State.HEALED
    heals = {
        other
        for other in (*ANSWERED_BY, "DELETE")
        if statuses([attempt(1, method, "FAILURE"), attempt(2, other, SUCCESS)])[0].state == settled
    }
    assert named == heals


def test_unknown_method_is_healed_by_nothing():
    assert _conflict("USER", None, method="PURGE").healed_by == ""
