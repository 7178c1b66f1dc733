"""An address is found wherever it stands, and no other is taken for it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from logsync.privacy import naming
from logsync.privacy.naming import names_address, spellings, without_addresses, without_addresses_in
from tests.work import counted

ADA = "ada@meridian.example"


def erase(text):
    return without_addresses(text, lambda address: address == ADA)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        (ADA, "erased@erased.invalid"),
        ("Ada@Meridian.EXAMPLE", "erased@erased.invalid"),
        ("user ada@meridian.example.", "user erased@erased.invalid."),
        ('userName "ada@meridian.example" exists', 'userName "erased@erased.invalid" exists'),
        ("'ada@meridian.example'", "'erased@erased.invalid'"),
        ("<mailto:ada@meridian.example>", "<mailto:erased@erased.invalid>"),
        ("mail=ada@meridian.example&x", "mail=erased@erased.invalid&x"),
        ("/people/ada%40meridian.example/", "/people/erased%40erased.invalid/"),
        (r'{"a": "ada\u0040meridian.example"}', r'{"a": "erased\u0040erased.invalid"}'),
        (r'{"a": "line\nada@meridian.example"}', r'{"a": "line\nerased@erased.invalid"}'),
        ("ada@meridian.example,ada@meridian.example", "erased@erased.invalid,erased@erased.invalid"),
    ],
)
def test_address_is_replaced_wherever_it_stands(text, left):
    assert erase(text) == left
    assert names_address(text, ADA)


@pytest.mark.parametrize(
    "text",
    [
        "nada@meridian.example",
        "mary.ada@meridian.example",
        "mary-ada@meridian.example",
        "ada@meridian.example.org",
        "ada@meridian.examples",
        "ada@other.example",
        "ada @meridian.example",
        "@meridian.example",
        "ada@",
        "@",
        "",
    ],
)
def test_other_addresses_stay(text):
    assert erase(text) == text
    assert not names_address(text, ADA)


def test_values_of_json_are_replaced():
    value = {"who": [ADA, {"ADA@meridian.example": 1}], "n": 2, "none": None}
    assert without_addresses_in(value, lambda address: address == ADA) == {
        "who": ["erased@erased.invalid", {"erased@erased.invalid": 1}],
        "n": 2,
        "none": None,
    }


def test_spellings_find_what_names():
    wide = "dörte@meridian.example"
    assert json.dumps({"a": wide})[7:-2] in spellings(wide)
    assert {ADA, "ada%40meridian.example", r"ada\u0040meridian.example"} <= spellings(ADA)


@pytest.mark.parametrize(
    "unit", ["@", "a@", "a", "!", "!@", "a.", "a'", "'ada@meridian.example' ", "%40", r"\n@a.", "@.-"]
)
def test_work_grows_with_the_text_alone(unit):
    """Anyone may write these texts; the steps for twice the text are twice as many."""

    def work(length):
        with counted([naming], Path(naming.__file__ or "").parent) as steps:
            erase(unit * (length // len(unit)))
        return steps.steps

    assert work(8000) <= 2.2 * work(4000) + 100
