"""One call to Cloudflare: the gate before it, the time it may take, and every way in which it can fail."""

from __future__ import annotations

import gzip
import socket
import threading
from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
import stamina

from logsync.cloudflare import connection
from logsync.cloudflare.client import CloudflareClient
from logsync.cloudflare.connection import ANSWER_SECONDS, CALL_SECONDS
from logsync.cloudflare.errors import (
    FixAccessError,
    PausedError,
    RejectedRequestError,
    RetryLaterError,
    UnexpectedAnswerError,
)
from logsync.cloudflare.limits import Allowance
from tests.logsync.cloudflare.answers import ACCOUNT_ID, TOKEN, client_of, failure, success

NO_NAMES = b'{"success": true, "errors": [], "messages": [], "result": []}'
LIMIT_HEADERS = {
    "Ratelimit": '"default";r=50;t=30',
    "Ratelimit-Policy": '"default";q=1200;w=300',
    "Date": "Thu, 19 Nov 2026 14:06:12 GMT",
}
ALLOWANCE = Allowance(50, 30, 1200, 300)
CLOCK = datetime(2026, 11, 19, 14, 6, 12, tzinfo=UTC)


class Diary:
    """A gate and a server in one, which note in which order they were called.

    `answers` come one after another, the last for ever. `pauses` are for how long the gate is closed, call by call.
    """

    def __init__(self, *answers, pauses=()):
        self.answers = list(answers)
        self.pauses = list(pauses)
        self.events: list[object] = []

    def before_call(self):
        self.events.append("before")
        if pause := self.pauses.pop(0) if self.pauses else 0:
            raise PausedError("Cloudflare was not asked; the token waits.", retry_after=pause)

    def after_call(self, allowance):
        self.events.append(("after", allowance))

    def block(self, seconds):
        self.events.append(("block", seconds))

    def handle(self, request):
        self.events.append("asked")
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, Exception):
            raise answer
        return httpx.Response(answer.status_code, content=answer.content, headers=answer.headers)

    def client(self):
        return CloudflareClient(
            TOKEN,
            ACCOUNT_ID,
            base_url="https://api.cloudflare.example/client/v4",
            transport=httpx.MockTransport(self.handle),
            gate=self,
        )


UNTOLD = ("after", None)


@pytest.fixture
def clock(monkeypatch):
    """A clock that goes only when it is told to, or while somebody sleeps."""
    return FakeClock(monkeypatch)


class FakeClock:
    def __init__(self, monkeypatch):
        self.now = 1000.0
        self.slept: list[float] = []
        monkeypatch.setattr(connection, "monotonic", lambda: self.now)
        monkeypatch.setattr("time.sleep", self.sleep)

    def sleep(self, seconds):
        self.slept.append(seconds)
        self.now += seconds


@pytest.fixture
def _real_pauses():
    with stamina.set_testing(False):
        yield


class Slow(httpx.SyncByteStream):
    """A body that comes in pieces, each some seconds after the one before."""

    def __init__(self, clock, pieces, seconds):
        self.clock, self.pieces, self.seconds = clock, pieces, seconds
        self.is_closed = False

    def __iter__(self) -> Iterator[bytes]:
        for piece in self.pieces:
            self.clock.now += self.seconds
            yield piece

    def close(self):
        self.is_closed = True


class Broken(httpx.SyncByteStream):
    """A body that breaks off after its first bytes."""

    def __init__(self, error):
        self.error = error

    def __iter__(self) -> Iterator[bytes]:
        yield NO_NAMES[:9]
        raise self.error


def in_bytes(body):
    return [body[at : at + 1] for at in range(len(body))]


# The gate


def test_gate_sees_before_and_after_call():
    diary = Diary(httpx.Response(200, content=NO_NAMES, headers=LIMIT_HEADERS))
    diary.client().accounts()
    assert diary.events == ["before", "asked", ("after", ALLOWANCE)]


def test_gate_is_checked_before_every_attempt():
    diary = Diary(failure(502, 0), httpx.ConnectError("refused"), success([]))
    diary.client().accounts()
    # Where nothing was answered there is nothing to tell.
    assert diary.events == ["before", "asked", UNTOLD, "before", "asked", "before", "asked", UNTOLD]


@pytest.mark.parametrize("status", [200, 302, 400, 403, 404, 500])
def test_gate_hears_responses_of_any_status(status):
    diary = Diary(httpx.Response(status, headers=LIMIT_HEADERS))
    with pytest.raises((FixAccessError, RejectedRequestError, RetryLaterError)):
        diary.client().accounts()
    assert diary.events[:3] == ["before", "asked", ("after", ALLOWANCE)]


def test_gate_hears_interrupted_responses():
    def break_off(request):
        return httpx.Response(200, stream=Broken(httpx.ReadError("reset")), headers=LIMIT_HEADERS)

    gate = Diary()
    client = CloudflareClient(TOKEN, transport=httpx.MockTransport(break_off), gate=gate)
    with pytest.raises(RetryLaterError):
        client.accounts()
    assert gate.events[:2] == ["before", ("after", ALLOWANCE)]


@pytest.mark.parametrize(("status", "code"), [(429, 0), (429, 971), (500, 971), (403, 10429), (200, 971)])
def test_rate_limit_blocks_token_for_all(status, code):
    diary = Diary(failure(status, code, **{"Retry-After": "280"}))
    with pytest.raises(RetryLaterError):
        diary.client().accounts()
    assert diary.events == ["before", "asked", UNTOLD, ("block", 280)]


def test_token_is_blocked_during_short_pause():
    diary = Diary(failure(429, 971, **{"Retry-After": "17"}), success([]))
    diary.client().accounts()
    assert diary.events == ["before", "asked", UNTOLD, ("block", 17), "before", "asked", UNTOLD]


def test_rate_limit_survives_interrupted_body():
    gate = Diary()
    broken = httpx.Response(429, stream=Broken(httpx.ReadError("reset")), headers={"Retry-After": "280"})
    client = CloudflareClient(TOKEN, transport=httpx.MockTransport(lambda request: broken), gate=gate)
    with pytest.raises(RetryLaterError, match="asks for a pause of 280 s"):
        client.accounts()
    assert gate.events == ["before", UNTOLD, ("block", 280)]


@pytest.mark.parametrize("fault", [failure(503, 0), failure(403, 10000), failure(200, 1)])
def test_other_errors_block_no_token(fault):
    diary = Diary(fault)
    with pytest.raises((FixAccessError, RetryLaterError)):
        diary.client().accounts()
    assert set(diary.events) == {"before", "asked", UNTOLD}


def test_long_closed_gate_ends_call_immediately():
    diary = Diary(success([]), pauses=[21])
    with pytest.raises(PausedError) as raised:
        diary.client().accounts()
    assert (diary.events, raised.value.retry_after) == (["before"], 21)


@pytest.mark.usefixtures("_real_pauses")
def test_briefly_closed_gate_is_waited_for(clock):
    diary = Diary(success([]), pauses=[20])
    diary.client().accounts()
    assert (diary.events, clock.slept) == (["before", "before", "asked", UNTOLD], [20])


def test_closed_gate_is_not_a_failure():
    diary = Diary(success([]), pauses=[1] * 9)
    with pytest.raises(PausedError):
        diary.client().accounts()
    assert diary.events == ["before"] * 4


def test_account_clients_share_the_gate():
    diary = Diary(success([]))
    diary.client().for_account("another").applications()
    assert diary.events == ["before", "asked", UNTOLD]


# Cloudflare's clock


def test_every_account_knows_last_response_time():
    client = Diary(httpx.Response(200, content=NO_NAMES, headers=LIMIT_HEADERS), success([])).client()
    other = client.for_account("another")
    assert (client.server_time, other.server_time) == (None, None)
    other.accounts()
    assert (client.server_time, other.server_time) == (CLOCK, CLOCK)
    # An older time than that of the last answer would be a wrong one.
    client.accounts()
    assert client.server_time is None


# Deadlines


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_slowly_dripping_body_is_abandoned(clock, pack):
    bodies = []
    headers = {"Content-Encoding": "gzip"} if pack is gzip.compress else {}

    def drip(request):
        bodies.append(Slow(clock, in_bytes(pack(NO_NAMES)), seconds=10))
        return httpx.Response(200, stream=bodies[-1], headers=headers)

    started = clock.now
    with pytest.raises(RetryLaterError, match=r"answered too slowly.* nothing of it was stored"):
        client_of(drip).accounts()
    # The second attempt had less time left than the first, and there was none for a third.
    assert clock.now - started == ANSWER_SECONDS + 10 + 30
    assert [body.is_closed for body in bodies] == [True, True]


def test_slow_but_timely_body_is_read(clock):
    body = Slow(clock, [NO_NAMES[:9], NO_NAMES[9:]], seconds=ANSWER_SECONDS / 2)
    assert client_of(lambda request: httpx.Response(200, stream=body)).accounts() == []


@pytest.mark.usefixtures("_real_pauses")
@pytest.mark.parametrize("seconds", [0, 5, 20, 30, 40, 59, 60])
@pytest.mark.parametrize("retry_after", [0, 20])
def test_attempts_and_pauses_share_one_timeout(clock, seconds, retry_after):
    started = clock.now

    def handler(request):
        clock.now += min(seconds, 40)  # No connection and no head of an answer is waited for longer.
        return httpx.Response(
            503, stream=Slow(clock, [b"x"] * 9, seconds=seconds / 3), headers={"Retry-After": str(retry_after)}
        )

    with pytest.raises(RetryLaterError):
        client_of(handler).accounts()
    assert clock.now - started <= CALL_SECONDS


# Bodies


def test_compressed_body_is_decompressed():
    packed = httpx.Response(200, content=gzip.compress(NO_NAMES), headers={"Content-Encoding": "gzip"})
    assert client_of(lambda request: packed).accounts() == []


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_decompression_bomb_is_refused(monkeypatch, pack):
    monkeypatch.setattr(connection, "MOST_BYTES", 1_000_000)
    asked = []

    def handler(request):
        asked.append(request)
        pieces = iter([pack(b" " * 1_000_001)])
        return httpx.Response(
            200, content=pieces, headers={"Content-Encoding": "gzip"} if pack is gzip.compress else {}
        )

    with pytest.raises(UnexpectedAnswerError, match="larger than 1 MB; nothing of it was stored"):
        client_of(handler).accounts()
    assert len(asked) == 1


def test_wrongly_compressed_body_is_retried():
    answers = iter([{"Content-Encoding": "gzip"}, {}])
    client = client_of(lambda request: httpx.Response(200, content=iter([NO_NAMES]), headers=next(answers)))
    assert client.accounts() == []


@pytest.mark.parametrize(
    "error",
    [
        httpx.ReadError("[Errno 104] Connection reset by peer"),
        httpx.RemoteProtocolError("peer closed connection without sending complete message body"),
        httpx.ReadTimeout("timed out"),
        httpx.DecodingError("Error -3 while decompressing data"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_interrupted_body_is_retried_and_reported(error):
    answers = [httpx.Response(200, stream=Broken(error)) for _ in range(4)]
    asked = iter(answers)
    with pytest.raises(RetryLaterError) as raised:
        client_of(lambda request: next(asked)).accounts()
    assert f"broke off or cannot be unpacked ({type(error).__name__}: {error}); nothing of it" in str(raised.value)
    assert next(asked, None) is None


# No answer at all


@pytest.mark.parametrize(
    "error",
    [
        httpx.ConnectError("[Errno -2] Name or service not known"),
        httpx.ConnectTimeout("timed out"),
        httpx.PoolTimeout("timed out"),
        httpx.WriteError("broken pipe"),
        httpx.ProxyError("407"),
        httpx.TooManyRedirects("Exceeded maximum allowed redirects."),
        httpx.RemoteProtocolError("illegal header line: bytearray(b'\\xff')"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_network_errors_are_retried(error):
    diary = Diary(error)
    with pytest.raises(RetryLaterError, match=r"^api\.cloudflare\.example could not be reached"):
        diary.client().accounts()
    assert diary.events.count("asked") == 4


def test_network_error_message_is_printable():
    with pytest.raises(RetryLaterError) as raised:
        Diary(httpx.ReadError("\x00\ud800\n" + "x" * 10_000)).client().accounts()
    assert str(raised.value).isprintable()
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize(
    "base_url",
    [
        "api.cloudflare.com/client/v4",
        "ftp://api.cloudflare.com",
        "http://[::",
        "http://127.0.0.1:port",
        "http://127.0.0.1/\n",
        "http://a..invalid",
        "http://" + "a" * 64 + ".invalid",
        "http://127.0.0.1/" + "a" * 70_000,
    ],
    ids=lambda url: url[:30],
)
def test_invalid_address_needs_fixing(base_url):
    refusal = pytest.raises(FixAccessError, match=r"cannot be asked .* Check CLOUDFLARE_API_BASE_URL")
    with CloudflareClient(TOKEN, base_url=base_url) as client, refusal as raised:
        client.accounts()
    assert len(str(raised.value)) < 500


@pytest.mark.parametrize("token", ["", " ", "a b", "tökén", "line\n", "\ud800"])
def test_unsendable_token_is_not_sent(token):
    asked: list[httpx.Request] = []
    client = CloudflareClient(token, transport=httpx.MockTransport(asked.append))  # type: ignore[arg-type]
    with pytest.raises(FixAccessError, match="Set CLOUDFLARE_API_TOKEN anew, or write it into its file"):
        client.accounts()
    assert asked == []


# Redirects


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_redirect_is_not_followed_with_token(status):
    hosts = []

    def handler(request):
        hosts.append(request.url.host)
        return httpx.Response(status, headers={"Location": "https://login.example/?next=/client/v4"})

    with pytest.raises(RejectedRequestError) as raised:
        client_of(handler).accounts()
    assert f"answered {status} and points elsewhere (to login.example)" in str(raised.value)
    assert "Check CLOUDFLARE_API_BASE_URL" in str(raised.value)
    assert hosts == ["api.cloudflare.example"]


@pytest.mark.parametrize("location", ["http://[::", "//", "\x7f", "http://login.example:port"])
def test_redirect_without_location_is_ordinary_error(location):
    client = client_of(lambda request: httpx.Response(302, headers={"Location": location}))
    with pytest.raises((RejectedRequestError, RetryLaterError)):
        client.accounts()


# Over a real connection


def answer_once(raw: bytes) -> str:
    """Serve bytes as they are, each time somebody connects, up to four times; return the address."""
    server = socket.create_server(("127.0.0.1", 0))
    server.settimeout(20)

    def serve() -> None:
        with server:
            for _ in range(4):
                connected, _ = server.accept()
                with connected:
                    connected.recv(65_536)
                    connected.sendall(raw)

    threading.Thread(target=serve, daemon=True).start()
    return f"http://127.0.0.1:{server.getsockname()[1]}"


HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
WIRE = {
    "no answer": (b"", "could not be reached (RemoteProtocolError"),
    "not HTTP": (b"220 mail ready\r\n", "could not be reached (RemoteProtocolError"),
    "a body cut short": (HEAD + b"Content-Length: 99\r\n\r\n{", "broke off or cannot be unpacked (RemoteProtocolError"),
    "a chunk cut short": (HEAD + b"Transfer-Encoding: chunked\r\n\r\n9\r\n{", "broke off or cannot be unpacked"),
    "no gzip": (
        HEAD + b"Content-Encoding: gzip\r\nContent-Length: 2\r\n\r\n{}",
        "broke off or cannot be unpacked (DecodingError",
    ),
}


@pytest.mark.parametrize(("raw", "words"), WIRE.values(), ids=WIRE)
def test_garbled_response_is_retried(raw, words):
    with CloudflareClient(TOKEN, base_url=answer_once(raw)) as client, pytest.raises(RetryLaterError) as raised:
        client.accounts()
    assert words in str(raised.value)
