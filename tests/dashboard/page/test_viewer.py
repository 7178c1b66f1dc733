"""What cookies say of a viewer, which is a guess of the browser's and never trusted."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from django.test import RequestFactory

from dashboard.page.viewer import Viewer, zone_named

NOON = datetime(2026, 7, 1, 12, tzinfo=UTC)


def viewer_with(**cookies: str) -> Viewer:
    requests = RequestFactory()
    requests.cookies.load(cookies)
    return Viewer.of(requests.get("/"))


def test_default_viewer_sees_only_utc():
    viewer = viewer_with()
    assert viewer == Viewer(zone=None, clock="utc", theme="auto")
    assert viewer.second is None
    assert viewer.local(NOON).hour == 12


def test_known_zone_appears_beside_utc():
    viewer = viewer_with(time_zone="Europe/Berlin")
    assert viewer.first is None
    assert viewer.second == ZoneInfo("Europe/Berlin")
    assert viewer.local(NOON).hour == 12


def test_local_clock_comes_first():
    viewer = viewer_with(time_zone="Europe/Berlin", clock="local")
    assert viewer.local(NOON).hour == 14
    assert viewer.second == ZoneInfo("UTC")


def test_local_clock_without_zone_is_utc():
    viewer = viewer_with(clock="local")
    assert (viewer.local(NOON), viewer.second, viewer.zone_word) == (NOON, None, "Local")


@pytest.mark.parametrize(("zone", "word"), [("Europe/Berlin", "Berlin"), ("America/New_York", "New York")])
def test_zone_is_named_after_city(zone, word):
    assert viewer_with(time_zone=zone).zone_word == word


@pytest.mark.parametrize("zone", ["UTC", "Etc/UTC", "GMT", "Etc/GMT"])
def test_utc_zone_is_shown_once(zone):
    viewer = viewer_with(time_zone=zone, clock="local")
    assert (viewer.zone, viewer.first, viewer.second) == (None, None, None)


@pytest.mark.parametrize(("cookie", "keys"), [("on", True), ("off", False), ("purple", True)])
def test_shortcuts_can_be_switched_off(cookie, keys):
    assert viewer_with(keys=cookie).keys is keys


@pytest.mark.parametrize("value", ["purple", "<script>", ""])
def test_unknown_cookie_value_is_ignored(value):
    assert viewer_with(theme=value, clock=value) == Viewer()


@pytest.mark.parametrize(
    "name", ["", "Berlin", "Europe", "Europe/", "../../etc/passwd", "/etc/passwd", "a" * 65, "a\0b", "Europe/Bérlin"]
)
def test_unknown_zone_name_is_none(name):
    assert zone_named(name) is None
