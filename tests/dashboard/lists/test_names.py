"""What somebody meant who mistyped the name of a filter."""

from __future__ import annotations

import pytest

from dashboard.lists.names import full_name, nearest_name, no_filter
from dashboard.logins.filters import LoginFilter
from dashboard.scim.filters import ScimFilter

LOGINS = [*LoginFilter.base_filters, "range", "since", "until", "columns", "sort", "not.country", "not.user_email"]
UPDATES = [*ScimFilter.base_filters, "range", "since", "until"]


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("user_emial", "user_email"),
        ("useremail", "user_email"),
        ("USER-EMAIL", "user_email"),
        ("user_email__icontains", "user_email"),
        ("user_email[]", "user_email"),
        ("?user_email", "user_email"),
        ("user", "user_email"),
        ("contry", "country"),
        ("coutnry", "country"),
        ("not.contry", "not.country"),
        ("allow", "allowed"),
        ("ip", "ip_address"),
        ("app", "app_uid"),
        ("app_id", "app_uid"),
        ("from", "since"),
        ("untill", "until"),
        ("created_at", "since"),
        ("provider", "connection"),
    ],
)
def test_slips_are_told(name, nearest):
    assert nearest_name(name, LOGINS) == nearest
    assert no_filter(name, LOGINS) == f"There is no filter “{name}”. Did you mean “{nearest}”?"


@pytest.mark.parametrize(
    "name",
    [
        *(
            "utm_source",
            "utm_medium",
            "utm_campaign",
            "utm_term",
            "utm_content",
            "gclid",
            "fbclid",
            "msclkid",
            "mc_cid",
        ),
        *(
            "mc_eid",
            "_ga",
            "_gl",
            "igshid",
            "ref",
            "referrer",
            "source",
            "page",
            "lang",
            "theme",
            "v",
            "t",
            "s",
            "",
            "-",
        ),
        *("hsCtaTracking", "trk", "cid", "session", "x" * 5000, "not.colour"),
    ],
)
def test_foreign_names_resemble_nothing(name):
    assert nearest_name(name, LOGINS) == nearest_name(name, UPDATES) == ""
    assert no_filter(name, LOGINS) == f"There is no filter “{name}”. Take it out of the address."


@pytest.mark.parametrize(
    ("name", "logins", "updates"),
    [
        ("user", "user_email", "resource_user_email"),
        ("provider", "connection", "idp_id"),
        ("result", "allowed", "status"),
        ("type", "app_type", "resource_type"),
        ("ray", "ray_id", ""),
        ("group", "", "resource_group_name"),
        ("country", "country", ""),
        ("colour", "", ""),
    ],
)
def test_short_name_depends_on_list(name, logins, updates):
    assert (full_name(name, LOGINS), full_name(name, UPDATES)) == (logins, updates)
