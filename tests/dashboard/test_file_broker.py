"""The embedded broker: nobody reads half a file."""

import fcntl
import os
from queue import Empty

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

from dashboard import file_broker
from dashboard.celery import app
from dashboard.file_broker import Transport


@pytest.fixture
def connection(tmp_path):
    """A broker of the test's own, for any number of channels."""
    for folder in ("messages", "control"):
        (tmp_path / folder).mkdir()
    messages = str(tmp_path / "messages")
    options = {"data_folder_in": messages, "data_folder_out": messages, "control_folder": str(tmp_path / "control")}
    with Connection("filesystem://localhost", transport=Transport, transport_options=options) as connection:
        yield connection


def test_a_message_comes_out_again(connection):
    channel = connection.channel()
    channel._put("celery", {"body": "zwölf"})
    assert channel._get("celery") == {"body": "zwölf"}
    with pytest.raises(Empty):
        channel._get("celery")


def test_messages_come_in_their_order(connection, monkeypatch):
    times = iter(range(1_000_000_000, 9_000_000_000, 1_000_000_000))
    monkeypatch.setattr(file_broker, "monotonic_ns", lambda: next(times))
    channel = connection.channel()
    for number in range(5):
        channel._put("celery", number)
    assert [channel._get("celery") for _ in range(5)] == [0, 1, 2, 3, 4]


def test_nobody_reads_half_a_message(connection, monkeypatch):
    writer, reader = connection.channel(), connection.channel()
    seen = []

    def look_first(part, whole):
        with pytest.raises(Empty):
            reader._get("celery")
        seen.append(reader._size("celery"))
        rename(part, whole)

    rename = os.replace
    monkeypatch.setattr(os, "replace", look_first)
    writer._put("celery", {"body": "long"})
    assert seen == [0]
    assert reader._get("celery") == {"body": "long"}


def test_a_full_disk_is_said(connection, monkeypatch, tmp_path):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", full)
    with pytest.raises(ChannelError, match="No space left on device"):
        connection.channel()._put("celery", {})
    assert not list((tmp_path / "messages").iterdir())


def test_one_process_holds_the_tables(connection, monkeypatch, tmp_path):
    """A table that is being written is empty for a moment; who read it then would end."""
    blocked = []

    def try_the_lock(text, act):
        with (tmp_path / "control" / "lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                blocked.append(act)
        return act(text)

    monkeypatch.setattr(filesystem, "dumps", lambda value: try_the_lock(value, dumps))
    monkeypatch.setattr(filesystem, "loads", lambda text: try_the_lock(text, loads))
    channel = connection.channel()
    channel._queue_bind("celery", "celery", "", "celery")
    assert channel.get_table("celery") == [filesystem.exchange_queue_t("celery", "", "celery")]
    assert blocked == [dumps, loads]


def test_the_embedded_broker_is_this():
    with app.connection_for_write() as connection:
        assert isinstance(connection.transport, Transport)
