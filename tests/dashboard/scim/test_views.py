"""One SCIM update, with its body, every field of it and the history of its resource."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from dashboard.lists.events.updates import MOST_HISTORY
from logsync.models import Account, IdentityProvider
from logsync.scim.redact import REDACTED
from tests.conftest import NOW
from tests.dashboard.reading import page_of

AT = NOW - timedelta(hours=1)


@pytest.fixture
def page(signed_in):
    """The page of one update."""
    return lambda update: page_of(signed_in.get(update.get_absolute_url()))


@pytest.fixture
def history(signed_in):
    """The history on the page of one update."""

    def read(update):
        runs = signed_in.get(update.get_absolute_url()).context["open"].history
        return [row for run in runs for row in run.updates]

    return read


def test_update_has_own_page(okta, make_update, page):
    update = make_update()
    assert update.get_absolute_url() == f"/scim/{update.key.hex}/"
    text = page(update).text
    assert "Okta sent POST for ada@meridian.example" in text
    assert 'userName "ada@meridian.example" already exists' in text


def test_nameless_update_is_described_by_ids(make_update, page):
    nobody = {"resource_user_email": "", "resource_group_name": "", "cf_resource_id": "", "idp_resource_id": ""}
    text = page(make_update(**nobody, idp_id="", request_method="")).text
    assert "An unnamed provider sent a request for a resource it doesn’t name" in text
    assert "so we can’t show its history" in text
    assert (
        "provider-1 sent POST for eng-prod"
        in page(make_update(**(nobody | {"resource_group_name": "eng-prod"}), idp_id="provider-1")).text
    )


def test_provider_name_comes_from_own_account(account, make_update, page):
    other = Account.objects.create(account_id="1" * 32)
    IdentityProvider.objects.create(account=other, idp_id="okta", name="Somebody else's Okta")
    assert "okta sent POST" in page(make_update(idp_id="okta")).text


def test_update_without_time_says_so(make_update, page):
    assert "at an unknown time (Cloudflare gave none)" in page(make_update(lacks_time=True)).text


@pytest.mark.parametrize(
    ("body", "note"),
    [
        ('{"a": 1}', "8 bytes, pretty-printed"),
        ("not json", "8 bytes, not JSON, shown as it came"),
        ("", "no body was sent"),
        ("x" * 300_000, "293.0 KB, first 50,000 of 300,000 characters, as they came"),
    ],
)
def test_body_is_shown_with_its_kind(body, note, make_update, page):
    shown = page(make_update(request_body=body))
    assert note in shown.text.replace("\xa0", " ")


def test_row_leads_to_page_of_its_own(make_update, page, signed_in):
    update = make_update()
    assert not page(update).has_link("Open full page")
    row = page_of(signed_in.get(update.get_absolute_url(), headers={"HX-Request": "true"}))
    assert row.link("Open full page") == update.get_absolute_url()


def test_formatted_body_is_copied_unformatted(make_update, page):
    body = '{"userName":"ada","active":true,"userName":"bob"}'
    shown = page(make_update(request_body=body))
    laid_out = shown.all("pre")[0]
    assert "".join(laid_out.pieces) == '{\n  "userName": "ada",\n  "active": true,\n  "userName": "bob"\n}'
    assert body in [button.attrs.get("data-copy") for button in shown.all("button")]


def test_redacted_values_are_marked(make_update, page):
    shown = page(make_update(request_body=f'{{"password":"{REDACTED}"}}'))
    assert '"password": redacted before storing' in shown.text


# The history


def test_history_lists_resources_requests_newest_first(make_update, history):
    updates = [make_update(logged_at=AT - timedelta(days=age), status="SUCCESS") for age in (0, 1, 20)]
    assert history(updates[1]) == updates


def test_either_id_identifies_resource(make_update, history):
    here = make_update(cf_resource_id="cf-1", idp_resource_id="idp-1")
    by_cloudflare = make_update(cf_resource_id="cf-1", idp_resource_id="", logged_at=AT - timedelta(hours=1))
    by_provider = make_update(cf_resource_id="", idp_resource_id="idp-1", logged_at=AT - timedelta(hours=2))
    assert history(here) == history(by_cloudflare) == history(by_provider) == [here, by_cloudflare, by_provider]


@pytest.mark.parametrize(
    "values",
    [
        {"cf_resource_id": "cf-2", "idp_resource_id": "idp-2"},
        {"cf_resource_id": "", "idp_id": "another provider"},
        {"resource_type": "GROUP"},
        {"cf_resource_id": "", "idp_resource_id": "", "resource_user_email": "bob@meridian.example"},
    ],
)
def test_history_excludes_other_resources(values, make_update, history):
    here = make_update()
    make_update(**values)
    assert history(here) == [here]


def test_history_excludes_other_accounts(make_update, history):
    here = make_update()
    make_update(account=Account.objects.create(account_id="1" * 32))
    assert history(here) == [here]


def test_history_includes_rows_matched_by_name(make_update, history):
    nameless = make_update(cf_resource_id="", idp_resource_id="", resource_user_email="ADA@meridian.example")
    here = make_update()
    assert history(here) == history(nameless) == [here, nameless]


def test_nameless_update_has_no_history(make_update, history):
    nothing = {"cf_resource_id": "", "idp_resource_id": "", "resource_user_email": ""}
    here = make_update(**nothing)
    make_update(**nothing)
    assert history(here) == []


def test_history_describes_each_request(make_update, page):
    off = '{"Operations":[{"op":"replace","path":"active","value":false}]}'
    make_update(status="SUCCESS", request_method="PATCH", request_body=off, logged_at=AT - timedelta(hours=1))
    here = make_update(request_method="PATCH", request_body=off)
    words = [item.text for item in page(here).all("li")]
    assert any("Deactivate the user" in text and "Failure" in text for text in words)
    assert any("Deactivated the user" in text and "Success" in text for text in words)


def test_page_shows_request_and_problem_status(okta, make_update, page):
    failed = make_update()
    assert "Create user ada@meridian.example, active" in page(failed).text
    assert "Still failing" in page(failed).text
    healed = make_update(status="SUCCESS", error_description="", logged_at=AT + timedelta(minutes=5))
    text = page(failed).text
    assert "Healed A later request succeeded: 19 Nov 13:11:12" in text
    assert "“Created user ada@meridian.example, active”, 5 min after the first failure" in text
    assert page(failed).link("Open problem") == f"/scim/problems/{failed.problem.key}/"
    assert "Still failing" not in page(healed).text


def test_long_history_keeps_newest(make_update, history):
    updates = [make_update(logged_at=AT - timedelta(hours=age)) for age in range(MOST_HISTORY + 5)]
    assert history(updates[0]) == updates[:MOST_HISTORY]


def test_update_is_marked_others_are_linked(make_update, page):
    here, other = make_update(), make_update(status="SUCCESS", request_method="PATCH")
    shown = page(here)
    [marked] = [item for item in shown.all("li") if item.attrs.get("aria-current") == "true"]
    assert "Create user" in marked.text
    assert "Failure" in marked.text
    assert other.get_absolute_url() in {link.href for link in shown.all("a")}


def test_page_links_back_to_list(make_update, page):
    assert page(make_update()).has_link("SCIM updates")


def test_query_count_is_constant_for_history(make_update, signed_in, django_assert_max_num_queries):
    update = make_update()
    # That somebody looks at the person is written down once.
    signed_in.get(update.get_absolute_url())
    with django_assert_max_num_queries(55) as short:
        signed_in.get(update.get_absolute_url())
    for _ in range(15):
        make_update()
    with django_assert_max_num_queries(len(short)):
        signed_in.get(update.get_absolute_url())


@pytest.mark.parametrize("path", ["", "?open="], ids=["page", "row of the list"])
def test_page_with_huge_texts_stays_small(path, make_update, signed_in):
    huge = "<&" * 2_500_000
    update = make_update(request_body=huge, error_description=huge, extra={"more": huge})
    address = f"/scim/{path}{update.key.hex}&columns=error_description,request_body,extra" if path else None
    response = signed_in.get(address or update.get_absolute_url())
    assert len(response.content) < 1_000_000
    shown = page_of(response)
    assert shown.has_link("Download raw body")
    assert "… (the first 5,000 of 5,000,000 characters)" in shown.text
    assert not [button for button in shown.all("button") if "data-copy" in button.attrs and len(str(button)) > 10_000]


def test_whole_body_is_plain_text_file(make_update, signed_in, page):
    body = "<script>alert(1)</script>é" * 20_000
    update = make_update(request_body=body)
    response = signed_in.get(page(update).link("Download raw body"))
    assert response.content.decode() == body
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Disposition"] == f'attachment; filename="scim-{update.key.hex}-body.txt"'


def test_short_body_is_copied_or_downloaded(make_update, page, signed_in):
    shown = page(make_update(request_body='{"a": 1}'))
    assert signed_in.get(shown.link("Download raw body")).content == b'{"a": 1}'
    assert "Copy body" in [button.text for button in shown.all("button")]


@pytest.mark.parametrize("key", ["0" * 32, "x", "\0"])
def test_missing_body_is_not_found(key, make_update, signed_in):
    make_update(request_body="")
    assert signed_in.get(f"/scim/{key}/body.txt").status_code == 404


def test_row_without_body_has_no_file(make_update, signed_in):
    assert signed_in.get(f"{make_update(request_body='').get_absolute_url()}body.txt").status_code == 404


def test_equal_requests_in_history_are_folded(make_update, page):
    updates = [make_update(logged_at=AT - timedelta(minutes=40 * number)) for number in range(7)]
    shown = page(updates[0])
    assert "Create user ada@meridian.example, active: 6 times, 19 Nov 09:06:12 to 19 Nov 12:26:12, about every 40" in (
        shown.text
    )
    assert shown.link("Show all 7 requests").startswith("/scim/?resource=")
    for update in updates:
        assert update.get_absolute_url() in [link.href for link in shown.all("a")]


def test_shown_request_stays_out_of_folds(make_update, page):
    updates = [make_update(logged_at=AT - timedelta(hours=number**2)) for number in range(7)]
    text = page(updates[3]).text
    assert text.count(": 3 times, ") == 2
    assert "about every" not in text


def test_long_history_says_how_long(make_update, page):
    updates = [make_update(logged_at=AT - timedelta(minutes=number)) for number in range(MOST_HISTORY + 3)]
    assert page(updates[0]).has_link(f"Show all {MOST_HISTORY + 3} requests")


def test_many_members_are_named(make_update, page):
    group = {"resource_type": "GROUP", "resource_user_email": "", "request_method": "PATCH", "cf_resource_id": "cf-eng"}
    make_update(cf_resource_id="cf-ada", status="SUCCESS", logged_at=AT - timedelta(days=1))
    for ids, is_listed in ((["x1", "x2", "cf-ada"], False), (["x1", "x2", "x3", "x4", "cf-ada"], True)):
        body = json.dumps({"Operations": [{"op": "add", "path": "members", "value": [{"value": id} for id in ids]}]})
        text = page(make_update(request_body=body, **group)).text
        assert ("Adds ada@meridian.example, x1, x2, x3 and 1 more" in text) == is_listed
