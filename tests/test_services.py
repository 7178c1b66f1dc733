"""The servers that other tests lean on are real, and leave nothing behind."""

import time
from urllib.parse import urlsplit

import psycopg
import pytest
from redis import Redis
from redis.exceptions import ConnectionError as RedisConnectionError

from tests import services


@pytest.fixture
def nothing_installed(monkeypatch):
    monkeypatch.setattr(services, "SEARCH_PATH", "")


@pytest.mark.services
def test_postgresql_cluster_answers_and_stops():
    services.require("postgresql")
    with services.postgresql() as url, psycopg.connect(url) as connection:
        assert connection.execute("select 1").fetchone() == (1,)
        assert connection.execute("show server_encoding").fetchone() == ("UTF8",)
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(url, connect_timeout=2)


@pytest.mark.services
def test_two_clusters_run_side_by_side():
    services.require("postgresql")
    with services.postgresql() as one, services.postgresql() as another:
        assert urlsplit(one).port != urlsplit(another).port


@pytest.mark.services
def test_redis_answers_and_is_gone_afterwards():
    services.require("redis")
    with services.redis() as url, Redis.from_url(url) as client:
        assert client.ping()
    with pytest.raises(RedisConnectionError), Redis.from_url(url, retry=None) as client:
        client.ping()


@pytest.mark.services
def test_server_stops_despite_connected_client():
    services.require("postgresql")
    with services.postgresql() as url:
        connection = psycopg.connect(url)
        started = time.monotonic()
    assert time.monotonic() - started < services.STOP_SECONDS
    connection.close()


@pytest.mark.usefixtures("nothing_installed")
def test_a_missing_service_skips_its_test(monkeypatch):
    monkeypatch.delenv("GATEHOUSE_REQUIRE_SERVICES", raising=False)
    with pytest.raises(pytest.skip.Exception, match="apt-get install redis-server"):
        services.require("redis")


@pytest.mark.usefixtures("nothing_installed")
def test_required_missing_service_fails_test(monkeypatch):
    monkeypatch.setenv("GATEHOUSE_REQUIRE_SERVICES", "1")
    with pytest.raises(pytest.fail.Exception, match="chromium is not installed"):
        services.require("chromium")


@pytest.mark.usefixtures("nothing_installed")
def test_missing_service_says_what_to_install():
    with pytest.raises(RuntimeError, match="apt-get install postgresql"), services.postgresql():
        pass
