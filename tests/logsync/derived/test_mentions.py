"""Texts by which an event can be found: in `extra`, and in columns without an index."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from logsync.derived import mentions, recount
from logsync.derived.mentions import display_names, texts_in
from logsync.ingest.retention import forget_before
from logsync.models import Account, Mention
from tests.conftest import NOW

pytestmark = pytest.mark.django_db

HOUR = timedelta(hours=1)


def kept(field):
    return dict(Mention.objects.filter(field=field).values_list("value", "seen_at"))


def test_every_text_in_extra_is_noted(make_login):
    extra = {
        "service_token_id": "6D1F-AA06",
        "service_token": {"name": "CI deploy", "ids": [4711, ["deep"]]},
        "ok": True,
    }
    make_login(extra=extra)
    assert set(kept("extra")) == {"6d1f-aa06", "ci deploy", "4711", "deep"}


def test_mention_keeps_newest_time(make_login):
    for hours in (3, 1, 2):
        make_login(extra={"id": "x1"}, created_at=NOW - hours * HOUR)
    assert kept("extra") == {"x1": NOW - HOUR}


def test_user_id_without_address_is_noted(make_login):
    make_login(user_email="", user_id="B4BF")
    make_login(user_id="of-a-person")
    assert set(kept("user_id")) == {"b4bf"}


def test_hosts_names_and_providers_are_noted(make_login, make_update):
    make_login(app_domain="Wiki.example/admin", app_name="Wiki", connection="okta-eu")
    make_update(idp_id="11D2")
    assert (set(kept("app_domain")), set(kept("app_name"))) == ({"wiki.example/admin"}, {"wiki"})
    assert (set(kept("connection")), set(kept("idp_id"))) == ({"okta-eu"}, {"11d2"})


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ('{"displayName":"Ada Lovelace"}', {"Ada Lovelace"}),
        (
            '{"name":{"formatted":"A. Lovelace","givenName":"Ada","familyName":"Lovelace"}}',
            {"A. Lovelace", "Ada Lovelace"},
        ),
        ('{"Operations":[{"op":"replace","path":"displayName","value":"Ada King"}]}', {"Ada King"}),
        ('{"Operations":[{"op":"replace","value":{"displayName":"Ada K"}}]}', {"Ada K"}),
        ('{"Operations":[1,{"path":["displayName"],"value":2}],"name":"x","displayName":3}', set()),
        ('["displayName"]', set()),
        ('{"displayName":"cut', set()),
        ("[" * 100_000, set()),
    ],
)
def test_display_names_come_from_body(body, names):
    assert display_names(body) - {""} == names


def test_groups_have_no_display_name(make_update):
    make_update(resource_type="GROUP", request_body='{"displayName":"eng"}')
    assert kept("display_name") == {}


def test_row_cannot_fill_the_table(make_login):
    make_login(extra={str(number): f"v{number}" for number in range(5_000)})
    assert Mention.objects.filter(field="extra").count() == mentions.MOST_OF_ROW


def test_retention_forgets_mentions(make_login):
    make_login(extra={"id": "old"}, created_at=NOW - 50 * HOUR, app_name="Old")
    make_login(extra={"id": "new"}, app_name="New")
    forget_before(NOW - 10 * HOUR)
    assert set(kept("extra")) == {"new"}
    assert set(kept("app_name")) == {"new"}
    assert recount.differences() == []


def test_accounts_keep_their_own_mentions(make_login):
    make_login(extra={"id": "x"})
    make_login(extra={"id": "x"}, account=Account.objects.create(account_id="1" * 32))
    assert Mention.objects.filter(field="extra", value="x").count() == 2


def test_recount_proves_and_rebuilds_mentions(make_login, make_update):
    make_login(extra={"id": "x1"}, user_email="", user_id="u1")
    make_update(request_body='{"displayName":"Ada"}', extra={"n": 5})
    assert recount.differences() == []
    Mention.objects.filter(value="x1").delete()
    Mention.objects.filter(value="ada").update(seen_at=NOW)
    assert len(recount.differences()) == 2
    recount.rebuild()
    assert recount.differences() == []
    assert set(kept("display_name")) == {"ada"}


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_yields_texts(value):
    assert all(isinstance(text, str) for text in texts_in(value))
