"""How SCIM updates are put into words."""

from __future__ import annotations

import pytest

from tests.dashboard.reading import page_of


@pytest.fixture
def cells(signed_in):
    """The cells of the only row under an address, by the name of their column."""

    def read(columns, query="status=any"):
        _, *cells = page_of(signed_in.get(f"/scim/?{query}&columns={columns}")).rows[-1]
        return dict(zip(columns.split(","), cells, strict=True))

    return read


@pytest.mark.parametrize(
    ("values", "name"),
    [
        ({"resource_user_email": "ada@x", "resource_group_name": "eng"}, "ada@x"),
        ({"resource_group_name": "eng", "cf_resource_id": "cf-1"}, "eng"),
        ({"cf_resource_id": "cf-1", "idp_resource_id": "idp-1"}, "cf-1"),
        ({"idp_resource_id": "idp-1"}, "idp-1"),
        ({}, "no resource named"),
    ],
)
def test_resource_has_best_name_in_row(values, name, make_update, cells):
    nameless = dict.fromkeys(["resource_user_email", "resource_group_name", "cf_resource_id", "idp_resource_id"], "")
    make_update(**(nameless | values), error_description="", request_method="DELETE", request_body="")
    assert cells("error_description")["error_description"] == f"Delete the user · {name}"


def test_full_error_is_below_description(make_update, cells):
    make_update(error_description="e " * 1000 + "end")
    shown = cells("error_description")["error_description"]
    assert shown.startswith("Create user ada@meridian.example, activee e e")
    assert shown.endswith("end")


@pytest.mark.parametrize(
    ("status", "word"),
    [("FAILURE", "Failure"), ("ERROR", "Error"), ("SUCCESS", "Success"), ("PENDING", "PENDING"), ("", "–")],
)
def test_status_is_shown_as_word(status, word, make_update, cells):
    make_update(status=status)
    assert cells("status")["status"] == word


def test_known_provider_is_shown_by_name(okta, make_update, cells):
    make_update()
    assert cells("idp_id")["idp_id"] == "Okta"
    okta.delete()
    assert cells("idp_id")["idp_id"] == "411d2f50-92ce-442f-a163-866113f28168"


def test_missing_value_is_dash(make_update, cells):
    empty = "resource_type,resource_user_email,resource_group_name,idp_id,idp_resource_id,cf_resource_id,request_body"
    make_update(**dict.fromkeys(empty.split(","), ""))
    assert set(cells(f"{empty},extra").values()) == {"–"}


def test_body_column_is_optional_and_truncated(make_update, signed_in, cells):
    body = '{"title":"' + "x" * 189 + 'yz"}'
    make_update(request_body=body)
    assert cells("request_body")["request_body"] == body[:200]
    # Three letters may occur in a random token, so only what people read is looked at.
    assert "xxx" not in page_of(signed_in.get("/scim/")).text


def test_other_columns_are_shown_unchanged(account, make_update, cells):
    make_update(resource_group_name="eng", extra={"a": 1})
    assert cells("resource_type,resource_user_email,resource_group_name,account,extra") == {
        "resource_type": "USER",
        "resource_user_email": "ada@meridian.example",
        "resource_group_name": "eng",
        "account": "Meridian",
        "extra": '{"a": 1}',
    }
