"""What a login row says of a person."""

from __future__ import annotations

from typing import Any

import pytest

from logsync.insight.comparison.observations import Field, observation_of

ROW: dict[str, Any] = {
    "is_denied": True,
    "person": "ada@meridian.example",
    "connection": "okta",
    "country": "nl",
    "ip_address": "192.0.2.7",
    "app_domain": "Grafana.example/login",
    "app_type": "self_hosted",
    "allowed_before": True,
}


def values(**changes):
    found = observation_of(**(ROW | changes))
    return {field.name: found.values[field] for field in Field}


def test_row_has_value_for_every_field():
    assert values() == {
        "CONNECTION": "okta",
        "COUNTRY": "NL",
        "NETWORK": "192.0.2.0/24",
        "APP_HOST": "grafana.example",
        "APP_TYPE": "self_hosted",
        "EMAIL_DOMAIN": "meridian.example",
        "ALLOWED_BEFORE": "yes",
        "IP_ADDRESS": "192.0.2.7",
    }


@pytest.mark.parametrize(("before", "word"), [(True, "yes"), (False, "no"), (None, "")])
def test_unknown_earlier_access_is_no_value(before, word):
    assert values(allowed_before=before)["ALLOWED_BEFORE"] == word


@pytest.mark.parametrize("person", ["", "ada", "ada@"])
def test_address_without_domain_has_no_domain(person):
    assert values(person=person)["EMAIL_DOMAIN"] == ""
