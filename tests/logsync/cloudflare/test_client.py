"""Asking Cloudflare: what is asked for, page after page, and what is tried again."""

from __future__ import annotations

import json
import socket
import traceback
from datetime import UTC, datetime, timedelta, timezone
from itertools import chain

import httpx
import pytest
import stamina

from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.errors import (
    CloudflareError,
    FixAccessError,
    RejectedRequestError,
    RetryLaterError,
    UnexpectedAnswerError,
    WindowOverflowError,
)
from logsync.cloudflare.records import ScimUpdate, TokenState
from tests.logsync.cloudflare.answers import ACCOUNT_ID, TOKEN, LogServer, client_of, failure, success

SINCE = datetime(2026, 11, 19, 10, 0, 0, tzinfo=UTC)
UNTIL = SINCE + timedelta(hours=1)
HTML = httpx.Response(502, html="<html>bad gateway</html>")
TRANSIENT = {
    "rate limit": failure(429, 971, **{"Retry-After": "1"}),
    "rate limit in a 500": failure(500, 971, **{"Retry-After": "0"}),
    "bad gateway": HTML,
    "cut short": httpx.Response(200, content=b'{"success":true,"result":[{"ray'),
    "unsuccessful": failure(200, 1),
    "no result": httpx.Response(200, json={"success": True, "result": None, "result_info": {"count": 1}}),
    "no connection": httpx.ConnectError("refused"),
    "slow": httpx.ReadTimeout("slow"),
    "broken off": httpx.RemoteProtocolError("closed"),
}
LASTING = {
    "no permission": (failure(403, 10000), FixAccessError),
    "wrong token": (failure(403, 9109), FixAccessError),
    "never enabled": (failure(403, 9999), FixAccessError),
    "bad parameter": (failure(400, 12091), RejectedRequestError),
}


def rows_at(*moments):
    return [{"ray_id": f"{number:x}", "created_at": moment.isoformat()} for number, moment in enumerate(moments)]


def rows_of_the_hour(count):
    """Rows evenly spread over the window."""
    return rows_at(*(SINCE + (UNTIL - SINCE) * number / count for number in range(count)))


def read(client, since=SINCE, until=UNTIL):
    return list(chain.from_iterable(client.access_requests(since, until)))


def rays(records):
    return [record.ray_id for record in records]


class Script:
    """Gives one answer after another, and the last one for ever; keeps what was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked: list[httpx.Request] = []

    def __call__(self, request):
        self.asked.append(request)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        # A response can be read once, so each call gets its own.
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)


@pytest.fixture
def pauses(monkeypatch):
    """The pauses that would have been slept, in seconds."""
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    with stamina.set_testing(False):
        yield slept


# What is asked for


def test_logins_are_requested_in_full_pages():
    server = Script(success([]))
    list(client_of(server).access_requests(SINCE, UNTIL))
    [request] = server.asked
    assert request.url.path == f"/client/v4/accounts/{ACCOUNT_ID}/access/logs/access_requests"
    assert dict(request.url.params) == {
        "since": "2026-11-19T09:59:59Z",
        "until": "2026-11-19T11:00:02Z",
        "page": "1",
        "per_page": "1000",
        "limit": "1000",
        "direction": "asc",
    }
    assert request.headers["Authorization"] == f"Bearer {TOKEN}"


def test_scim_updates_are_requested_per_provider():
    server = Script(success([]))
    list(client_of(server).scim_updates("411d", SINCE, UNTIL))
    [request] = server.asked
    assert request.url.path == f"/client/v4/accounts/{ACCOUNT_ID}/access/logs/scim/updates"
    assert request.url.params.get_list("idp_id") == ["411d"]
    assert (request.url.params["limit"], request.url.params["per_page"]) == ("1000", "1000")


def test_request_uses_whole_utc_seconds():
    server = LogServer([])
    local = timezone(timedelta(hours=2))
    read(client_of(server), SINCE.astimezone(local), UNTIL.astimezone(local) + timedelta(microseconds=999_999))
    assert (server.asked[0]["since"], server.asked[0]["until"]) == ("2026-11-19T09:59:59Z", "2026-11-19T11:00:02Z")


def test_pages_are_read_until_empty():
    server = LogServer(rows_of_the_hour(2500))
    assert rays(read(client_of(server))) == [f"{number:x}" for number in range(2500)]
    # The first again, because its rows may have been dropped meanwhile.
    assert [asked["page"] for asked in server.asked] == ["1", "2", "3", "4", "1"]


def test_short_page_is_not_the_end():
    server = LogServer(rows_of_the_hour(950), cap=100)
    assert len(read(client_of(server))) == 950
    assert len(server.asked) == 12


def test_window_without_rows_has_no_page():
    assert list(client_of(LogServer([])).access_requests(SINCE, UNTIL)) == []


# Which rows belong to the window


def test_window_includes_since_excludes_until():
    tick = timedelta(microseconds=1)
    server = LogServer(rows_at(SINCE - tick, SINCE, UNTIL - tick, UNTIL))
    assert rays(read(client_of(server))) == ["1", "2"]


def test_adjacent_windows_share_and_miss_nothing():
    client = client_of(LogServer(rows_of_the_hour(60)))
    middle = SINCE + timedelta(minutes=20)
    assert rays([*read(client, SINCE, middle), *read(client, middle, UNTIL)]) == [f"{number:x}" for number in range(60)]


@pytest.mark.parametrize("moment", [None, "", "once", 179508240])
def test_row_without_readable_time_is_kept(moment):
    [login] = read(client_of(LogServer([{"ray_id": "1", "created_at": moment}])))
    assert (login.ray_id, login.created_at) == ("1", None)


def test_updates_are_kept_by_own_time():
    rows = [{"idp_resource_id": "in", "logged_at": SINCE.isoformat()}, {"logged_at": UNTIL.isoformat()}]
    [[update]] = client_of(LogServer(rows)).scim_updates("411d", SINCE, UNTIL)
    assert isinstance(update, ScimUpdate)
    assert update.idp_resource_id == "in"


# Servers that do not page as asked


@pytest.mark.parametrize("count", [1001, 1500, 5000])
def test_ignored_page_parameter_raises_overflow(count):
    client = client_of(LogServer(rows_of_the_hour(count), ignores_page=True))
    with pytest.raises(WindowOverflowError, match="the same 1000 rows for every page of a window that holds more"):
        read(client)


@pytest.mark.parametrize(("count", "last_look"), [(1, []), (999, []), (1000, ["asc"])])
def test_ignored_page_parameter_reads_small_window(count, last_look):
    server = LogServer(rows_of_the_hour(count), ignores_page=True)
    assert len(read(client_of(server))) == count
    assert [asked["direction"] for asked in server.asked] == ["asc", "asc", "asc", "desc", *last_look]


def test_capped_page_with_ignored_parameter_overflows():
    with pytest.raises(WindowOverflowError):
        read(client_of(LogServer(rows_of_the_hour(101), cap=100, ignores_page=True)))


def test_pages_before_overflow_are_yielded():
    pages = client_of(LogServer(rows_of_the_hour(1500), ignores_page=True)).access_requests(SINCE, UNTIL)
    assert len(next(pages)) == 1000
    with pytest.raises(WindowOverflowError):
        next(pages)


def test_repeated_last_page_reads_whole_window():
    rows = rows_of_the_hour(2300)

    def handler(request):
        page = min(int(request.url.params["page"]), 3)
        if request.url.params["direction"] == "desc":
            return success(rows[-1000:][::-1])
        return success(rows[(page - 1) * 1000 : page * 1000])

    assert rays(read(client_of(handler))) == [row["ray_id"] for row in rows]


def test_rows_arriving_meanwhile_lose_none():
    server = LogServer(rows_of_the_hour(1500))
    pages = client_of(server).access_requests(SINCE, UNTIL)
    first = next(pages)
    server.rows.insert(0, {"ray_id": "late", "created_at": SINCE.isoformat()})
    assert {*rays(first), *rays(chain.from_iterable(pages))} == {f"{number:x}" for number in range(1500)}


@pytest.mark.parametrize("cap", [100, 1])
def test_small_simulator_pages_give_same_rows(cloudflare, in_its_account, now, cap):
    window = (now - timedelta(hours=6), now)
    whole, capped = (in_its_account(cloudflare(page_cap=size)).access_requests(*window) for size in (None, cap))
    rows = list(chain.from_iterable(whole))
    assert len(rows) > 50
    assert list(chain.from_iterable(capped)) == rows


def test_the_simulator_that_ignores_page_overflows(cloudflare, in_its_account, now):
    client = in_its_account(cloudflare(logins_per_day=4000, ignore_page=True))
    with pytest.raises(WindowOverflowError):
        list(client.access_requests(now - timedelta(hours=12), now))


# Trying again


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_short_failures_are_retried(fault):
    server = Script(fault, fault, fault, success([{"id": "1"}]), success([]))
    [account] = client_of(server).accounts()
    assert account.account_id == "1"


@pytest.mark.parametrize("fault", TRANSIENT.values(), ids=TRANSIENT)
def test_gives_up_after_four_attempts(fault):
    server = Script(fault)
    with pytest.raises(RetryLaterError):
        client_of(server).accounts()
    assert len(server.asked) == 4


@pytest.mark.parametrize(("refusal", "kind"), LASTING.values(), ids=LASTING)
def test_permanent_errors_are_not_retried(refusal, kind):
    server = Script(refusal)
    with pytest.raises(kind):
        client_of(server).accounts()
    assert len(server.asked) == 1


def test_failure_on_later_page_loses_nothing():
    server = LogServer(rows_of_the_hour(1500))
    faults = iter([None, HTML])
    assert len(read(client_of(lambda request: next(faults, None) or server(request)))) == 1500


def test_short_pause_is_waited_out(pauses):
    client_of(Script(failure(429, 971, **{"Retry-After": "17"}), success([]))).accounts()
    assert pauses == [17]


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "21"}, {"Retry-After": "86400"}])
def test_long_pause_is_not_waited_out(pauses, headers):
    server = Script(failure(429, 971, **headers))
    with pytest.raises(RetryLaterError) as raised:
        client_of(server).accounts()
    assert (len(server.asked), pauses) == (1, [])
    assert raised.value.retry_after == min(float(headers.get("Retry-After", 300)), 300)


def test_waits_longer_after_each_attempt(pauses):
    with pytest.raises(RetryLaterError):
        client_of(Script(HTML)).accounts()
    first, second, third = pauses
    # Half a second, doubled each time, and up to a second of chance.
    assert 0.5 <= first <= 1.5
    assert 1 <= second <= 2
    assert 2 <= third <= 3


# Messages


@pytest.mark.parametrize(
    ("ask", "permission"),
    [
        (lambda client: read(client), "Access: Audit Logs Read"),
        (lambda client: list(client.scim_updates("411d", SINCE, UNTIL)), "Access: SCIM Logs Read"),
        (lambda client: client.applications(), "Access: Apps and Policies Read"),
        (
            lambda client: client.identity_providers(),
            "Access: Organizations, Identity Providers, and Groups Read",
        ),
        (lambda client: client.accounts(), "Account Settings Read"),
    ],
)
def test_refusal_names_missing_permission(ask, permission):
    with pytest.raises(FixAccessError, match=f"the permission “{permission}”"):
        ask(client_of(Script(failure(403, 10000))))


def test_network_failure_is_named():
    with pytest.raises(
        RetryLaterError, match=r"^api\.cloudflare\.example could not be reached \(ConnectError: refused\)"
    ):
        client_of(Script(httpx.ConnectError("refused"))).accounts()


def test_unsendable_token_is_not_quoted():
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        with CloudflareClient(f"{TOKEN}\n", base_url=address) as client, pytest.raises(FixAccessError) as raised:
            client.accounts()
    shown = "".join(traceback.format_exception(raised.value))
    assert "Set CLOUDFLARE_API_TOKEN anew" in shown
    assert TOKEN not in shown


def test_non_list_result_is_unexpected():
    with pytest.raises(UnexpectedAnswerError, match="/accounts is not a list; nothing of it was stored"):
        client_of(Script(success({"id": "1"}))).accounts()


def test_non_object_row_costs_no_other():
    first, row, last = read(client_of(LogServer([{"ray_id": "1"}, None, {"ray_id": "2"}])))
    assert (first.ray_id, row.reason, last.ray_id) == ("1", "It is not a JSON object, but null.", "2")


def test_non_object_account_is_unexpected():
    with pytest.raises(UnexpectedAnswerError):
        client_of(Script(success([None]))).accounts()


# Numbers that no database holds


def extra_of(number):
    row = f'{{"created_at": "{SINCE.isoformat()}", "new": {number}}}'
    envelope = f'{{"success": true, "errors": [], "result": [{row}]}}'.encode()
    [login] = read(client_of(Script(httpx.Response(200, content=envelope))))
    return login.extra["new"]


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "-1e999", "9" * 101, "9" * 10_000])
def test_number_beyond_databases_stays_text(number):
    assert extra_of(number) == number


@pytest.mark.parametrize("number", ["0", "-1", "1.5", "1e300", "9" * 100])
def test_other_numbers_stay_numbers(number):
    assert extra_of(number) == json.loads(number)


def test_too_deeply_nested_body_is_retried():
    with pytest.raises(RetryLaterError, match="not JSON"):
        client_of(Script(httpx.Response(200, content=b"[" * 100_000))).accounts()


# Names


def test_lists_every_page_of_names():
    server = LogServer([{"id": str(number)} for number in range(2300)])
    found = client_of(lambda request: server(with_limit(request))).applications()
    assert [application.app_uid for application in found] == [str(number) for number in range(2300)]


def with_limit(request):
    """What LogServer expects of every request, and lists of names are not asked."""
    return httpx.Request("GET", request.url.copy_merge_params({"limit": "1000", "direction": "asc"}))


def test_endlessly_repeated_names_end():
    assert len(client_of(Script(success([{"id": "1"}, {"id": "2"}]))).identity_providers()) == 2


def test_account_pages_have_allowed_size():
    server = Script(success([]))
    client_of(server).accounts()
    assert dict(server.asked[0].url.params) == {"page": "1", "per_page": "50"}
    assert server.asked[0].url.path == "/client/v4/accounts"


@pytest.mark.parametrize(
    ("ask", "path"),
    [(CloudflareClient.identity_providers, "identity_providers"), (CloudflareClient.applications, "apps")],
)
def test_names_are_requested_for_one_account(ask, path):
    server = Script(success([]))
    ask(client_of(server).for_account("another"))
    assert server.asked[0].url.path == f"/client/v4/accounts/another/access/{path}"


def test_simulated_provider_is_found_by_id(cloudflare, in_its_account):
    client = in_its_account(cloudflare())
    for idp in client.identity_providers():
        assert client.identity_provider(idp.idp_id) == idp
    assert client.identity_provider("00000000-0000-4000-8000-000000000000") is None


@pytest.mark.parametrize("answer", [failure(403, 10000), failure(404, 7003), success([]), success({"id": "411e"})])
def test_only_unknown_provider_is_none(answer):
    with pytest.raises(CloudflareError):
        client_of(Script(answer)).identity_provider("411d")


def test_simulated_company_names_are_read(cloudflare, in_its_account):
    client = in_its_account(cloudflare())
    assert [account.name for account in client.accounts()] == ["Meridian"]
    assert [(idp.type, idp.scim_enabled) for idp in client.identity_providers()] == [
        ("okta", True),
        ("azureAD", True),
        ("onetimepin", False),
    ]
    applications = client.applications()
    assert len(applications) == 17
    assert [application.name for application in applications if not application.domain] == ["Status page"]


def test_no_record_holds_provider_secrets(cloudflare, in_its_account):
    secrets: list[str] = []

    def note_secrets(answer):
        secrets.extend(secrets_in(json.loads(answer.body)))
        return answer

    providers = in_its_account(cloudflare(faults=lambda _: note_secrets)).identity_providers()
    assert len(secrets) == 8
    assert not [secret for secret in secrets if secret in repr(providers)]


def secrets_in(body):
    for provider in body["result"] or []:
        config, scim_config = provider.get("config") or {}, provider.get("scim_config") or {}
        yield from (config[name] for name in ("client_id", "client_secret") if name in config)
        yield from (scim_config[name] for name in ("scim_base_url", "secret") if name in scim_config)


# Where a log begins

A_MINUTE = timedelta(minutes=1)
OLDEST = [
    (CloudflareClient.oldest_access_request, "created_at"),
    (lambda client, since, until: client.oldest_scim_update("411d", since, until), "logged_at"),
]


def asked_sizes(server):
    return [(asked["page"], asked["per_page"], asked["limit"], asked["direction"]) for asked in server.asked]


@pytest.mark.parametrize(("ask", "time"), OLDEST, ids=["logins", "scim"])
def test_one_row_tells_oldest_time(ask, time):
    server = LogServer([{time: (SINCE + A_MINUTE * number).isoformat()} for number in range(7, 60)])
    assert ask(client_of(server), SINCE, UNTIL) == SINCE + A_MINUTE * 7
    assert asked_sizes(server) == [("1", "1", "1", "asc")]
    assert (server.asked[0]["since"], server.asked[0]["until"]) == ("2026-11-19T09:59:59Z", "2026-11-19T11:00:02Z")


def test_oldest_update_is_of_one_provider():
    server = LogServer([])
    client_of(server).oldest_scim_update("411d", SINCE, UNTIL)
    assert server.asked[0].get_list("idp_id") == ["411d"]


def test_log_without_rows_has_no_oldest():
    server = LogServer([])
    assert client_of(server).oldest_access_request(SINCE, UNTIL) is None
    assert len(server.asked) == 1


def test_oldest_row_skips_unreadable_times():
    server = LogServer([{"created_at": "once"}, {}, *rows_at(SINCE + A_MINUTE)])
    assert client_of(server).oldest_access_request(SINCE, UNTIL) == SINCE + A_MINUTE
    assert asked_sizes(server) == [("1", "1", "1", "asc"), ("1", "25", "25", "asc")]


@pytest.mark.parametrize("count", [1, 26])
def test_unreadable_times_alone_give_no_oldest(count):
    server = LogServer([{"created_at": "once"}] * count)
    assert client_of(server).oldest_access_request(SINCE, UNTIL) is None
    assert len(server.asked) == 2


def test_oldest_row_lies_within_window():
    tick = timedelta(microseconds=1)
    client = client_of(LogServer(rows_at(SINCE - tick, SINCE + tick)))
    assert client.oldest_access_request(SINCE, UNTIL) == SINCE + tick
    assert client.oldest_access_request(SINCE - tick, UNTIL) == SINCE - tick
    assert client.oldest_access_request(SINCE, SINCE + tick) is None


def test_rows_before_window_prove_its_start():
    server = LogServer(rows_at(*[SINCE - timedelta(milliseconds=500)] * 30, SINCE + A_MINUTE))
    assert client_of(server).oldest_access_request(SINCE, UNTIL) == SINCE


# What the token may do


def test_token_is_verified_at_user_endpoint():
    server = Script(success({"id": "1", "status": "active", "expires_on": "2027-01-01T00:00:00Z"}))
    assert client_of(server).verify_token() == TokenState("active", datetime(2027, 1, 1, tzinfo=UTC))
    assert [request.url.path for request in server.asked] == ["/client/v4/user/tokens/verify"]


def test_token_may_never_expire():
    assert client_of(Script(success({"status": "disabled"}))).verify_token() == TokenState("disabled", None)


@pytest.mark.parametrize("refusal", [failure(401, 1000), failure(403, 9109), failure(400, 1000), failure(404, 7003)])
def test_account_token_is_verified_at_account(refusal):
    server = Script(refusal, success({"status": "active"}))
    assert client_of(server).verify_token().status == "active"
    assert server.asked[1].url.path == f"/client/v4/accounts/{ACCOUNT_ID}/tokens/verify"


def test_token_rejected_everywhere_needs_fixing():
    with pytest.raises(FixAccessError, match="does not accept the API token"):
        client_of(Script(failure(401, 1000))).verify_token()


def test_without_account_only_user_is_queried():
    server = Script(failure(401, 1000))
    with pytest.raises(FixAccessError, match="does not accept the API token"):
        client_of(server).for_account("").verify_token()
    assert len(server.asked) == 1


def test_cloudflare_failure_does_not_judge_token():
    server = Script(HTML)
    with pytest.raises(RetryLaterError):
        client_of(server).verify_token()
    assert {request.url.path for request in server.asked} == {"/client/v4/user/tokens/verify"}


CHECKS = {
    "logins": (CloudflareClient.check_access_requests, "logs/access_requests", "Access: Audit Logs Read"),
    "scim": (lambda client: client.check_scim_updates("411d"), "logs/scim/updates", "Access: SCIM Logs Read"),
    "names": (
        CloudflareClient.check_names,
        "apps/00000000-0000-4000-8000-000000000000/policies",
        "Access: Apps and Policies Read",
    ),
}


@pytest.mark.parametrize(("check", "path", "permission"), CHECKS.values(), ids=CHECKS)
def test_permission_check_makes_one_call(check, path, permission):
    server = Script(success([]))
    check(client_of(server))
    [request] = server.asked
    assert request.url.path == f"/client/v4/accounts/{ACCOUNT_ID}/access/{path}"


@pytest.mark.parametrize("name", ["logins", "scim"])
def test_log_check_requests_one_row(name):
    server = Script(success([]))
    CHECKS[name][0](client_of(server))
    asked = dict(server.asked[0].url.params)
    assert asked == {"page": "1", "per_page": "1", "limit": "1"} | ({"idp_id": "411d"} if name == "scim" else {})


@pytest.mark.parametrize(("check", "path", "permission"), CHECKS.values(), ids=CHECKS)
def test_missing_permission_is_named(check, path, permission):
    with pytest.raises(FixAccessError, match=f"the permission “{permission}”"):
        check(client_of(Script(failure(403, 10000))))


@pytest.mark.parametrize(("check", "path", "permission"), CHECKS.values(), ids=CHECKS)
def test_cloudflare_failure_proves_no_permission(check, path, permission):
    with pytest.raises(RetryLaterError):
        check(client_of(Script(HTML)))


def test_unknown_application_still_allows_names():
    server = Script(failure(404, 11021))
    client_of(server).check_names()
    assert len(server.asked) == 1


def test_other_rejection_proves_no_permission():
    with pytest.raises(RejectedRequestError):
        client_of(Script(failure(404, 12130))).check_names()


# Connections


def test_account_clients_share_connection_and_close():
    client = client_of(Script(success([])))
    other = client.for_account("another")
    with client:
        assert other.accounts() == []
    with pytest.raises(RuntimeError, match="closed"):
        other.accounts()
