"""Names with a letter or two wrong are found among those that the logs have."""

from __future__ import annotations

import pytest

from logsync.insight.identity.similar import names_like

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _people(make_update, make_login):
    make_update(request_body='{"displayName":"Zanele Dlamini"}', resource_user_email="zd@meridian.example")
    make_login(user_email="thandiwe.nkosi@meridian.example")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("zanelle", "zanele dlamini"),
        ("Dlamni Zanele", "zanele dlamini"),
        ("thandwie", "thandiwe.nkosi@meridian.example"),
        ("nkossi thandiwe", "thandiwe.nkosi@meridian.example"),
    ],
)
def test_misspelt_name_is_found(text, name):
    assert names_like(text.split()) == [name]


@pytest.mark.parametrize("text", ["", "zx", "tandive", "xyzzy", "zanele kiosk", "zan", "meridian"])
def test_other_words_find_nobody(text):
    assert names_like(text.split()) == []


def test_first_search_that_finds_any_counts():
    assert names_like(["zanelle", "jira"], [], ["zanelle"], ["nkosi"]) == ["zanele dlamini"]
