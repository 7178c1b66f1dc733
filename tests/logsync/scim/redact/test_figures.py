"""Redaction in figures, which the run of the tests prints: no secret stays, and no diagnosis goes."""

from collections.abc import Callable

import pytest

from tests.examples import share
from tests.logsync.scim.redact import figures
from tests.logsync.scim.redact.figures import Figures


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("random prose", lambda: figures.of_prose(share(6_000))),
        ("diagnoses", figures.of_diagnoses),
        ("documented bodies", figures.of_documented_bodies),
        ("mutated bodies", lambda: figures.of_mutated_bodies(share(12_000))),
    ],
    ids=["prose", "diagnoses", "documented", "mutated"],
)
def test_no_leaks_and_no_false_redactions(
    name: str, found: Callable[[], Figures], record_property: Callable[[str, object], None]
):
    figure = found()
    record_property("figures", f"redaction of {name}: {figure}")
    assert (figure.leaks, figure.false_redactions) == ([], [])


def test_figures_name_what_leaked(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(figures, "redact_text", lambda text: text.replace("password", "[redacted]"))
    assert len(figures.of_prose(10).leaks) == 10
    assert figures.of_diagnoses().false_redactions
    monkeypatch.setattr(figures, "redact_body", lambda body: body)
    assert str(figures.of_mutated_bodies(10)) == "10 texts, 10 leaks, 0 false redactions"
