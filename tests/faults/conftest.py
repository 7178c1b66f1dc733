"""Print what the fault suite measured in every run, not only if it fails."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests import services


@pytest.fixture(scope="session")
def say(pytestconfig) -> Callable[[str], None]:
    """Print to the terminal."""
    capture = pytestconfig.pluginmanager.getplugin("capturemanager")

    def to_terminal(text: str) -> None:
        with capture.global_and_fixture_disabled():
            print(f"\n{text}", flush=True)

    return to_terminal


@pytest.fixture(scope="session")
def _servers():
    services.require("postgresql")
    services.require("redis")
