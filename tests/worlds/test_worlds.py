"""Whatever the logs hold and whatever of them is known: no page claims what is not so."""

from __future__ import annotations

import os
from random import Random, SystemRandom

import pytest
from django.db import connection, transaction
from hypothesis import settings

from tests.conftest import NOW
from tests.examples import IN_THE_SOAK
from tests.worlds import tour
from tests.worlds.building import build
from tests.worlds.look import Look
from tests.worlds.making import world_of
from tests.worlds.policies import setups_of

# Several tests, so that two processes share them. On PostgreSQL one is enough: it answers as SQLite does.
PARTS = 16
WORLDS_OF_A_PART = 19
# Seeds of the worlds to look at in place of these: "17 18".
CHOSEN = os.environ.get("WORLDS", "").split()


def seeds_of(part: int) -> list[str]:
    if CHOSEN:
        return CHOSEN[part::PARTS]
    numbers = range(part * WORLDS_OF_A_PART, (part + 1) * WORLDS_OF_A_PART)
    if settings.get_current_profile_name() == IN_THE_SOAK:
        return [str(SystemRandom().randrange(10**9)) for _ in numbers]
    return [str(number) for number in numbers]


def look_at(seed: str, browser) -> Look:
    """Make a world, look at some of its pages, and take it back."""
    with transaction.atomic():
        world = world_of(seed, NOW)
        world.setups = setups_of(world)
        build(world)
        look = Look(world, browser, Random(seed))
        try:
            tour.visit(look, int(seed))
        except Exception as error:
            error.add_note(f"It was world {seed}.")
            raise
        transaction.set_rollback(True)
    return look


@pytest.mark.hypothesis
@pytest.mark.parametrize("part", range(PARTS if connection.vendor == "sqlite" else 1))
def test_pages_claim_what_is_so(part, now, signed_in, record_property):
    looks = [look_at(seed, signed_in) for seed in seeds_of(part)]
    record_property("worlds", len(looks))
    record_property("claims", sum(look.claims for look in looks))
    untrue = [f"{kind}: world {look.world.seed}: {words}" for look in looks for kind, words in look.untrue]
    assert not untrue, "\n".join([f"{len(untrue)} claims are untrue:", *untrue])


def test_every_run_looks_at_300_worlds():
    assert PARTS * WORLDS_OF_A_PART >= 300
