"""What Cloudflare may send, and what becomes of it: nothing is dropped, and everything can be stored."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from logsync.cloudflare.errors import UnexpectedAnswerError
from logsync.cloudflare.records import (
    LOGIN_IDENTITY_V1,
    LONGEST_ID,
    SCIM_IDENTITY_V1,
    AccessRequest,
    Account,
    Application,
    IdentityProvider,
    Instant,
    ScimUpdate,
)
from tests.examples import examples
from tests.logsync.cloudflare.answers import sample

LOGS: list[Any] = [AccessRequest, ScimUpdate]
NAMES: list[Any] = [Account, Application, IdentityProvider]
LOGIN_TEXTS = [
    "user_email",
    "user_id",
    "app_name",
    "app_uid",
    "app_domain",
    "app_type",
    "action",
    "connection",
    "ip_address",
    "country",
    "ray_id",
]
SCIM_TEXTS = [
    "status",
    "error_description",
    "request_method",
    "resource_type",
    "resource_user_email",
    "resource_group_name",
    "idp_id",
    "idp_resource_id",
    "cf_resource_id",
    "request_body",
]
TEXTS = [(AccessRequest, name) for name in LOGIN_TEXTS] + [(ScimUpdate, name) for name in SCIM_TEXTS]
TIMES = [(AccessRequest, "created_at"), (ScimUpdate, "logged_at")]
IDENTIFYING = [
    *((AccessRequest, name) for name in LOGIN_IDENTITY_V1),
    *((ScimUpdate, name) for name in SCIM_IDENTITY_V1),
]
WORDS = [(AccessRequest, "country"), (ScimUpdate, "status"), (ScimUpdate, "request_method")]

MOMENT = datetime(2026, 9, 23, 10, 0, 0, 123456, tzinfo=UTC)

# Everything that a JSON decoder can give, and above all what a database would refuse.
characters = st.sampled_from("\x00\ud800\udfffa\U0001f600") | st.characters(exclude_categories=())
texts = st.text(characters, max_size=8)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
field_names = st.sampled_from([*AccessRequest.__slots__, *ScimUpdate.__slots__, "http_method", "scim_config", "id"])
values = st.recursive(
    scalars | st.sampled_from(["2026-09-23T10:00:00Z", "0001-01-01T00:00:00+23:59", "2026-09-23T24:00:00Z"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(field_names | texts, inner, max_size=5),
    max_leaves=15,
)


def values_of(record):
    """The fields of a record that are fields of the API."""
    fields = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return {name: value for name, value in fields.items() if name not in ("identity", "extra")}


# Whole rows


def test_documented_login_is_read_completely():
    [row] = sample("access_requests_documented")["result"]
    login = AccessRequest.from_json(row)
    assert values_of(login) == {
        **dict.fromkeys(LOGIN_TEXTS, ""),
        **row,
        "created_at": datetime(2014, 1, 1, 5, 20, 0, 123450, tzinfo=UTC),
    }
    assert login.extra == {}


def test_real_login_is_read_completely():
    row = sample("access_requests_live_shape")["result"][0]
    login = AccessRequest.from_json(row)
    assert values_of(login) == row | {"created_at": MOMENT}
    assert login.extra == {}


def test_justification_and_temporary_access_are_kept():
    row = sample("access_requests_live_shape")["result"][2]
    names = [name for name in row if name.startswith(("purpose_", "temporary_"))]
    assert len(names) == 4
    assert AccessRequest.from_json(row).extra == {name: row[name] for name in names}


@pytest.mark.parametrize("at", range(8))
def test_scim_update_is_read_completely(at):
    row = sample("scim_updates_composed")["result"][at]
    update = ScimUpdate.from_json(row)
    expected = dict.fromkeys(SCIM_TEXTS, "") | row
    assert values_of(update) == expected | {"logged_at": datetime.fromisoformat(row["logged_at"])}
    assert update.extra == {}


@pytest.mark.parametrize(("kind", "texts", "time"), [(AccessRequest, LOGIN_TEXTS, 2), (ScimUpdate, SCIM_TEXTS, 1)])
def test_every_field_is_tested(kind, texts, time):
    assert len(dataclasses.fields(kind)) == len(texts) + time + len(("identity", "extra"))


# Fields that are absent, null, empty or of another type

# What may come as JSON that is decoded already.
DOCUMENTS = ["error_description", "request_body"]


@pytest.mark.parametrize(("kind", "name"), TEXTS)
@pytest.mark.parametrize("value", [..., None, ""], ids=["absent", "null", "empty"])
def test_missing_text_is_blank(kind, name, value):
    record = kind.from_json({} if value is ... else {name: value})
    assert getattr(record, name) == ""
    assert name not in record.extra


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        (kind, name, value)
        for kind, name in TEXTS
        for value in ([0, 1.5, True] if name in DOCUMENTS else [0, 1.5, True, [], ["x"], {"a": 1}])
    ],
)
def test_wrongly_typed_text_goes_to_extra(kind, name, value):
    record = kind.from_json({name: value})
    assert (getattr(record, name), record.extra[name]) == ("", value)


@pytest.mark.parametrize("name", DOCUMENTS)
@pytest.mark.parametrize("value", [[], ["x"], {}, {"userName": "Ada ü", "n": [1, 1.5, None, True]}], ids=ascii)
def test_decoded_document_is_written_as_json(name, value):
    update = ScimUpdate.from_json({name: value})
    assert json.loads(getattr(update, name)) == value
    assert "\\u" not in getattr(update, name)
    assert name not in update.extra


@pytest.mark.parametrize(("sent", "allowed"), [(True, True), (False, False), (None, None)])
def test_reads_whether_a_login_was_allowed(sent, allowed):
    login = AccessRequest.from_json({"allowed": sent})
    assert login.allowed is allowed
    assert "allowed" not in login.extra


def test_missing_allowed_is_unknown():
    assert AccessRequest.from_json({}).allowed is None


@pytest.mark.parametrize("value", ["true", 1, 0, [], ""])
def test_wrongly_typed_flag_is_not_guessed(value):
    login = AccessRequest.from_json({"allowed": value})
    assert login.allowed is None
    assert login.extra["allowed"] == value


@pytest.mark.parametrize(("kind", "name"), TIMES)
@pytest.mark.parametrize("value", [None, "", "yesterday", 168486231, "2023-02-30T00:00:00Z", "2026-09-23 10:00"])
def test_unreadable_time_goes_to_extra(kind, name, value):
    record = kind.from_json({name: value})
    assert record.time is None
    assert record.extra == {name: value}


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_row_without_time_is_marked(kind, name):
    assert kind.from_json({}).extra == {name: None}


@pytest.mark.parametrize("kind", LOGS)
def test_unknown_fields_go_to_extra(kind):
    news = {"device": {"os": ["ios", None, 1.5]}, "score": 7, "note": "x", "nothing": None}
    extra = kind.from_json(news).extra
    assert {name: extra[name] for name in news} == news


@pytest.mark.parametrize(("kind", "name"), WORDS)
def test_open_values_are_upper_cased(kind, name):
    record = kind.from_json({name: "gb"})
    assert (getattr(record, name), record.extra[name]) == ("GB", "gb")


@pytest.mark.parametrize(("kind", "name"), WORDS)
def test_upper_case_value_is_kept_once(kind, name):
    assert name not in kind.from_json({name: "GB"}).extra


@pytest.mark.parametrize("kind", [*LOGS, *NAMES])
@pytest.mark.parametrize("item", [None, "text", 1, [], [{}], True])
def test_non_object_row_is_unexpected(kind, item):
    with pytest.raises(
        UnexpectedAnswerError, match=r"not a JSON object; nothing of that page was stored\. It is retried automatically"
    ):
        kind.from_json(item)


# The method of a SCIM request, which goes by two names


@pytest.mark.parametrize("row", [{"http_method": "post"}, {"http_method": "post", "request_method": None}])
def test_method_is_read_by_either_name(row):
    update = ScimUpdate.from_json(row)
    assert update.request_method == "POST"
    assert update.identity == ScimUpdate.from_json({"request_method": "post"}).identity
    assert "http_method" not in update.extra


def test_documented_method_name_wins():
    update = ScimUpdate.from_json({"http_method": "PUT", "request_method": "POST"})
    assert (update.request_method, update.extra["http_method"]) == ("POST", "PUT")


# Times


def instant(value):
    """The instant that a value tells."""
    found = Instant.parse(value)
    assert found
    return found


@pytest.mark.parametrize("digits", range(10))
def test_any_fraction_of_second_is_read(digits):
    fraction = f".{'123456789'[:digits]}" if digits else ""
    instant = Instant.parse(f"2026-09-23T10:00:00{fraction}Z")
    whole = MOMENT.replace(microsecond=int("123456789"[:digits].ljust(9, "0")[:6]))
    assert instant == Instant(whole, f"2026-09-23T10:00:00.{'123456789'[:digits].ljust(9, '0')}Z")


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-23T12:00:00.123456+02:00",
        "2026-09-23T00:30:00.123456-09:30",
        "2026-09-23t10:00:00.123456000z",
        "2026-09-23 10:00:00.1234560+00:00",
    ],
)
def test_one_instant_has_many_spellings(text):
    assert Instant.parse(text) == Instant.parse("2026-09-23T10:00:00.123456Z")


@pytest.mark.parametrize(
    "text",
    [
        "2026-09-23T10:00:00",
        "2026-09-23T10:00:00.1234567890Z",
        "2026-09-23T10:00:00.Z",
        "2026-09-23T10:00:00+0200",
        "2026-13-01T00:00:00Z",
        "2026-09-23T10:00:00Z\n",
        " 2026-09-23T10:00:00Z",
        "\u0662026-09-23T10:00:00Z",
        "2026-09-23T10:00:00.\u0663Z",
        "0001-01-01T00:00:00+01:00",
        "9999-12-31T23:59:59-01:00",
        "2026-12-31T23:59:60Z",
    ],
)
def test_unreadable_instant_is_none(text):
    assert Instant.parse(text) is None


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1790157600, "2026-09-23T10:00:00.000000000Z"),
        (1790157600123, "2026-09-23T10:00:00.123000000Z"),
        (1790157600123456, "2026-09-23T10:00:00.123456000Z"),
        (1790157600123456789, "2026-09-23T10:00:00.123456789Z"),
        (1790157600.123456, "2026-09-23T10:00:00.123456000Z"),
        (1.7901576e18, "2026-09-23T10:00:00.000000000Z"),
        (1000000000, "2001-09-09T01:46:40.000000000Z"),
        (9999999999, "2286-11-20T17:46:39.000000000Z"),
    ],
)
def test_instant_is_read_from_number(number, text):
    assert instant(number) == instant(str(number)) == instant(text)
    assert instant(number).text == text


@pytest.mark.parametrize(
    "number",
    [
        0,
        1,
        True,
        -1790157600,
        999999999,
        10000000000,
        179015760012,
        20260923100000,
        17901576001234567890,
        10**400,
        float("nan"),
        float("inf"),
        "1790157600s",
        "+1790157600",
        "1_790_157_600",
        "\u0661790157600",
        [1790157600],
    ],
)
def test_number_of_no_unit_is_no_time(number):
    assert Instant.parse(number) is None


@given(moment=st.datetimes(datetime(2001, 9, 10), datetime(2286, 11, 20), timezones=st.just(UTC)))
def test_every_unit_tells_the_same_instant(moment):
    microseconds = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    assert instant(microseconds).time == instant(microseconds * 1000).time == moment
    whole = moment.replace(microsecond=0)
    assert instant(microseconds // 10**6).time == instant(microseconds // 10**6 * 1000).time == whole


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_number_is_same_row_as_text(kind, name):
    one, other = (kind.from_json({name: time}) for time in (1790157600123456, "2026-09-23T10:00:00.123456Z"))
    assert (one.time, one.identity, one.extra) == (other.time, other.identity, other.extra)


@given(
    moment=st.datetimes(datetime(1000, 1, 2), datetime(9999, 12, 30), timezones=st.just(UTC)),
    nanoseconds=st.integers(0, 999),
    offset=st.integers(-23 * 60, 23 * 60),
)
@examples(100)
def test_instant_is_read_with_any_offset(moment, nanoseconds, offset):
    local = moment.astimezone(timezone(timedelta(minutes=offset)))
    spelled = f"{local:%Y-%m-%dT%H:%M:%S}.{local:%f}{nanoseconds:03d}{local.isoformat()[-6:]}"
    assert Instant.parse(spelled) == Instant(moment, f"{moment:%Y-%m-%dT%H:%M:%S.%f}{nanoseconds:03d}Z")


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_sub_microseconds_are_kept_in_extra(kind, name):
    record = kind.from_json({name: "2026-09-23T10:00:00.123456789Z"})
    assert (record.time, record.extra) == (MOMENT, {name: "2026-09-23T10:00:00.123456789Z"})


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_time_with_offset_becomes_utc(kind, name):
    record = kind.from_json({name: "2026-09-23T12:00:00.123456+02:00"})
    assert (record.time, record.time.tzinfo, record.extra) == (MOMENT, UTC, {})


# What no database holds


def test_unstorable_characters_are_replaced_at_depth():
    login = AccessRequest.from_json({"app_name": "a\x00b\ud800", "x\x00": [{"\udfff": ["\x00"]}]})
    assert login.app_name == "a\ufffdb\ufffd"
    assert login.extra["x\ufffd"] == [{"\ufffd": ["\ufffd"]}]


def test_surrogate_pairs_are_kept():
    assert AccessRequest.from_json(json.loads('{"app_name": "\\ud83d\\ude00"}')).app_name == "\U0001f600"


@pytest.mark.parametrize("kind", LOGS)
@pytest.mark.parametrize("depth", [90, 600, 900])
def test_deep_nesting_does_not_stop_reading(kind, depth):
    deep = json.loads("[" * depth + "]" * depth)
    record = kind.from_json({"new": deep, "action": deep, "status": deep})
    assert json.dumps(record.extra).count("[") < 400
    assert ("\ufffd" in str(record.extra["new"])) is (depth > 90)


def check_storable(value):
    """Fail if a value holds what JSON, UTF-8 or a database cannot."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    text.encode()
    assert "\\u0000" not in text.replace("\\\\", "")


@given(item=values | st.dictionaries(field_names | texts, values, max_size=8))
@example(item={"created_at": "0001-01-01T00:00:00+23:59", "logged_at": "9999-12-31T23:59:59.999999999-23:59"})
@examples(300)
def test_any_json_record_is_storable(item):
    for kind in LOGS:
        try:
            record = kind.from_json(item)
        except UnexpectedAnswerError:
            assert not isinstance(item, dict)
            continue
        check_storable([str(value) for value in values_of(record).values()])
        check_storable(record.extra)
        record.identity.encode("ascii")


@given(item=values | st.dictionaries(field_names | texts, values, max_size=8))
@examples(100)
def test_any_json_name_is_readable(item):
    for kind in NAMES:
        try:
            record = kind.from_json(item)
        except UnexpectedAnswerError:
            assert not isinstance(item, dict) or kind is IdentityProvider
        else:
            check_storable(dataclasses.asdict(record))


@given(item=st.dictionaries(field_names | texts, scalars, max_size=10))
@examples(200)
def test_no_received_value_is_dropped(item):
    record = AccessRequest.from_json(item)
    kept = set(map(str, [*values_of(record).values(), *record.extra.values()]))
    lost = [value for value in item.values() if value is not None and str(value) not in kept]
    # What is left over was spelled otherwise: unstorable text, a word in lower case, a time.
    assert all(isinstance(value, str) for value in lost)
    assert all(AccessRequest.from_json({"app_name": value}).app_name in kept or Instant.parse(value) for value in lost)


# Identity


def full_row(kind):
    names = {AccessRequest: LOGIN_TEXTS, ScimUpdate: SCIM_TEXTS}[kind]
    times = {name: "2026-09-23T10:00:00.123456789Z" for timed, name in TIMES if timed is kind}
    return {name: f"the {name}" for name in names} | {"allowed": False} | times


def identity(kind, **changes):
    row = full_row(kind) | changes
    return kind.from_json({name: value for name, value in row.items() if value is not ...}).identity


@pytest.mark.parametrize(("kind", "name"), IDENTIFYING)
def test_every_identity_field_tells_rows_apart(kind, name):
    assert len({identity(kind), identity(kind, **{name: "2020-01-01T00:00:00Z"}), identity(kind, **{name: ...})}) == 3


def test_the_identity_fields_never_change():
    """With another list every stored row would be stored once more, so this one may not grow with the documentation."""
    lists = "\n".join([" ".join(LOGIN_IDENTITY_V1), " ".join(SCIM_IDENTITY_V1)])
    assert lists == (
        "action allowed app_domain app_uid connection created_at ip_address ray_id user_email\n"
        "cf_resource_id error_description idp_id idp_resource_id logged_at request_body request_method"
        " resource_group_name resource_type resource_user_email status"
    )


@pytest.mark.parametrize(("kind", "names"), [(AccessRequest, LOGIN_IDENTITY_V1), (ScimUpdate, SCIM_IDENTITY_V1)])
def test_later_field_keeps_the_identity(kind, names):
    fields = {name: "a value" for name in [*kind.__slots__, "documented_later"] if name not in names}
    assert json.loads(identity(kind, **fields)).keys() == set(names)
    assert identity(kind, **fields) == identity(kind)


@pytest.mark.parametrize("name", ["user_id", "app_name", "app_type", "country", "purpose_justification_prompt", "new"])
@pytest.mark.parametrize("value", [..., None, "another", {"a": 1}])
def test_identity_ignores_undocumented_fields(name, value):
    assert identity(AccessRequest, **{name: value}) == identity(AccessRequest)


def test_added_field_keeps_identity_of_updates():
    assert identity(ScimUpdate, operation_count=3) == identity(ScimUpdate)


@pytest.mark.parametrize(("kind", "name"), IDENTIFYING)
def test_missing_and_null_field_are_equal(kind, name):
    assert identity(kind, **{name: ...}) == identity(kind, **{name: None})


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_nanoseconds_tell_rows_apart(kind, name):
    assert identity(kind, **{name: "2026-09-23T10:00:00.123456788Z"}) != identity(kind)


@pytest.mark.parametrize(("kind", "name"), TIMES)
@pytest.mark.parametrize("spelling", ["2026-09-23T12:00:00.123456789+02:00", "2026-09-23t10:00:00.123456789z"])
def test_spelling_of_instant_keeps_identity(kind, name, spelling):
    assert identity(kind, **{name: spelling}) == identity(kind)


@pytest.mark.parametrize(("kind", "name"), TIMES)
def test_trailing_zeros_keep_identity(kind, name):
    short, long = (
        identity(kind, **{name: "2026-09-23T10:00:00.1Z"}),
        identity(kind, **{name: "2026-09-23T10:00:00.100Z"}),
    )
    assert short == long


def test_unreadable_times_change_identity():
    assert identity(AccessRequest, created_at="once") != identity(AccessRequest, created_at="twice")


def test_identity_uses_original_values():
    assert identity(AccessRequest, ray_id="\x00") != identity(AccessRequest, ray_id="\ufffd")
    assert identity(ScimUpdate, status="success") != identity(ScimUpdate, status="SUCCESS")


@pytest.mark.parametrize("kind", LOGS)
def test_field_order_keeps_identity(kind):
    row = full_row(kind)
    assert kind.from_json(dict(reversed(row.items()))).identity == kind.from_json(row).identity


# Names


def test_reads_an_account():
    assert Account.from_json({"id": "0123", "name": "Meridian", "type": "standard"}) == Account("0123", "Meridian")


def test_application_may_lack_domain():
    row = {"id": "f174", "name": "Grafana", "domain": "grafana.example", "type": "self_hosted", "aud": "d00d"}
    whole = Application("f174", "Grafana", "grafana.example", "self_hosted", "d00d", ("grafana.example",))
    assert Application.from_json(row) == whole
    del row["domain"]
    assert Application.from_json(row) == replace(whole, domain="", hosts=())
    assert Application.from_json(row | {"domain": None, "type": "worker_2"}).type == "worker_2"


def test_application_has_every_host():
    row = {
        "domain": "Wiki.example",
        "self_hosted_domains": ["wiki.example", "second.example/docs/"],
        "destinations": [
            {"type": "public", "uri": "https://third.example/a?b=c"},
            {"type": "private", "hostname": "inside.example", "port_range": "80"},
            {"type": "worker"},
        ],
        "saas_app": {"sso_endpoint": "https://team.example/cdn-cgi/access/sso/saml/9c16"},
    }
    assert Application.from_json(row).hosts == (
        "wiki.example",
        "second.example/docs",
        "third.example/a",
        "inside.example",
        "team.example/cdn-cgi/access/sso/saml/9c16",
    )


@pytest.mark.parametrize("odd", [None, 7, "text", [None, 7, [], {"uri": 7}], {"uri": "x"}])
def test_odd_destinations_name_no_host(odd):
    row = {"self_hosted_domains": odd, "destinations": odd, "saas_app": odd}
    assert Application.from_json(row).hosts == ()


@pytest.mark.parametrize("odd", ["text", 7, ["a"], True])
def test_odd_scim_config_is_none(odd):
    provider = IdentityProvider.from_json({"id": "411d", "scim_config": odd})
    assert (provider.scim_enabled, provider.user_deprovision) == (False, None)


def test_provider_is_read_without_secrets():
    provider = IdentityProvider.from_json(
        {
            "id": "411d",
            "name": "Okta",
            "type": "okta",
            "config": {"client_id": "public", "client_secret": "hunter2", "claims": ["hunter2"]},
            "scim_config": {
                "enabled": True,
                "secret": "hunter2",
                "user_deprovision": False,
                "identity_update_behavior": "reauth",
            },
        }
    )
    assert provider == IdentityProvider("411d", "Okta", "okta", True, False, "reauth")
    assert "hunter2" not in repr(provider)


@pytest.mark.parametrize("scim_config", [..., None, {}, {"enabled": False}, {"enabled": None}, {"enabled": "true"}])
def test_provider_without_scim_flag_has_none(scim_config):
    row = {"id": "411d"} if scim_config is ... else {"id": "411d", "scim_config": scim_config}
    assert IdentityProvider.from_json(row) == IdentityProvider("411d", "", "", False, None, "")


@pytest.mark.parametrize(
    ("kind", "name"),
    [
        *((AccessRequest, name) for name in ("user_id", "app_uid", "ip_address", "ray_id")),
        *((ScimUpdate, name) for name in ("idp_id", "idp_resource_id", "cf_resource_id")),
    ],
)
def test_overlong_id_is_truncated_but_kept(kind, name):
    fits, long = "x" * LONGEST_ID, "x" * (LONGEST_ID + 1)
    assert getattr(kind.from_json({name: fits}), name) == fits
    record = kind.from_json({name: long})
    assert (getattr(record, name), record.extra) == (fits, kind.from_json({}).extra | {name: long})
