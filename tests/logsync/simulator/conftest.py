import pytest

from logsync.simulator import Simulator
from tests.logsync.simulator.reader import NOW, Reader


@pytest.fixture(scope="session")
def reader() -> Reader:
    """The demo, with the clock stopped and every event visible at once."""
    return Reader(Simulator(clock=lambda: NOW, lateness=None))
