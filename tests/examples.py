"""How many examples a test with Hypothesis tries: a third (or a thirtieth) in `make test`, all in `make soak`."""

from __future__ import annotations

from hypothesis import HealthCheck, settings

# How long an example takes says nothing about the code on a busy machine. Examples of one test share its database.
COMMON = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
IN_EVERY_RUN, IN_THE_SOAK = "test", "soak"
settings.register_profile(IN_EVERY_RUN, COMMON, max_examples=33)
settings.register_profile(IN_THE_SOAK, COMMON, max_examples=100)


def examples(number: int) -> settings:
    """Try this many examples in `make soak`, and a third of them in `make test`."""
    return settings(max_examples=share(number))


def share(number: int) -> int:
    """So many of the things to try as this run tries: all in `make soak`, a third in `make test`."""
    return max(number * settings().max_examples // 100, 1)


def rare(number: int) -> settings:
    """Try this many examples in `make soak`, and a thirtieth of them in `make test`."""
    return settings(max_examples=number if settings().max_examples >= 100 else number // 30)


def seldom(number: int) -> int:
    """So many of the things to try as this run tries: all in `make soak`, a tenth in `make test`."""
    return number if settings().max_examples >= 100 else number // 10
