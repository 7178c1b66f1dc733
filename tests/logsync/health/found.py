"""What a check found."""

from __future__ import annotations


def of(checks, name):
    """What the checks of a name found: state, words and hint of each."""
    return [(str(check.state), check.words, check.hint) for check in checks if check.name == name]


def states(checks, name):
    return [state for state, _, _ in of(checks, name)]


def the(checks, name):
    [found] = of(checks, name)
    return found
