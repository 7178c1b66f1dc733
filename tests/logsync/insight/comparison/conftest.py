"""People made by hand: so many denied or let in, with these values."""

from __future__ import annotations

from logsync.insight.comparison.observations import Field, Observation


def people(count, *, denied, **values):
    """`count` people alike; values by the name of their field."""
    filled = [""] * len(Field)
    for name, value in values.items():
        filled[Field[name.upper()]] = value
    return [Observation(denied, tuple(filled))] * count


def denied(count, **values):
    return people(count, denied=True, **values)


def allowed(count, **values):
    return people(count, denied=False, **values)
