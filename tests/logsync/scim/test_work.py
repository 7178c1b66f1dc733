"""Whatever a text repeats, the work on it grows no faster than its length."""

import importlib
import json
import pkgutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import ModuleType

import pytest

from logsync import scim
from logsync.scim.description import describe
from logsync.scim.fingerprint import template_of
from logsync.scim.hidden_body import masked_body
from logsync.scim.redact import redact_body, redact_text
from logsync.scim.request.parse import read_request
from tests.work import Work, counted

# Characters of a text, which is then doubled.
LENGTH = 160
# Linear work doubles. A little more is what a longer text needs at its ends.
MOST = 2.15

SIGNS = [
    *"{[(<\"'`\\ a:=&-$.@%,/#_1\n\x00",
    "\ufeff",
    "\uff21",
    "\u201c",
    "\u2018",
    "\u00ab",
    "\u0301\u0316",
    "\u200b",
    "e\u0301",
]
JSON_PIECES = [
    '{"',
    '["',
    '{"a":',
    '[""]',
    '{"a":{}} ',
    '":"',
    '{"a":1,',
    "{'",
    '\\\\"',
    "\\\\u0061",
    "\\\\\\\\u00",
    '{"displayName": "',
]
WORDS = ["a ", " is", " is to", "' a", "'a ", "a'a", "-'a", "`a", "\u2018a ", "a:", "a=", "the word of a sentence "]
NAMES = [
    *["password", "password ", "password=", 'password="', "password is ", "password 'a ", "password (", "password {"],
    *['password "x" or ', "password, ", "pass\u200bword=", "api key ", "passphrase: a ", "urn:a:", "token ", "cookie:"],
    *[
        '{"password":',
        'password {"a":1} ',
        "key=password,value=x ",
        "x is not a valid password ",
        "value x for password ",
    ],
    *[
        "invalid password x",
        "set password for a to ",
        '"x" is not a password ',
        "password: must be ",
        "password:",
        "token:a:",
        "token=null&",
        "password - ",
        "password for a: ",
        "--password a ",
        "token.",
        "password [a ",
    ],
]
CREDENTIALS = [
    *[
        "eyJ",
        "eyJ.",
        "Bearer ",
        "basic a",
        "://a:",
        "://a:b",
        "$2b$",
        "$argon2",
        "{SSHA}",
        "-----BEGIN PRIVATE KEY-----",
    ],
    *[
        "<password>",
        "<a ",
        "</a>",
        'value eq "',
        'password eq "x" ',
        "x[a eq ",
        "&amp;",
        "&quot;",
        "%25",
        "%3d",
        "&#38;",
    ],
]
UNITS = [*SIGNS, *JSON_PIECES, *WORDS, *NAMES, *CREDENTIALS]

PATHS = [*'[]".:\\ ', 'value eq "', 'value eq "x" or ', "urn:user:", "a.b", "[a eq ", ":group:"]


def modules_of(package: ModuleType) -> list[ModuleType]:
    names = [module.name for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}.")]
    return [importlib.import_module(name) for name in names]


MODULES = modules_of(scim)
FOLDER = Path(scim.__file__ or "").parent


def work_on(function: Callable[[str], object], text: str) -> int:
    with counted(MODULES, FOLDER) as work:
        function(text)
    return work.steps


def growth(function: Callable[[str], object], unit: str, length: int = LENGTH) -> float:
    """How many times the work grows when a text of this unit is doubled."""
    text = unit * max(length // len(unit), 4)
    return work_on(function, text * 2) / work_on(function, text)


def in_a_string(text: str) -> str:
    return redact_body(json.dumps({"displayName": text}))


def in_a_broken_body(text: str) -> str:
    return redact_body(f"value{text}")


def patch_path(text: str) -> object:
    body = json.dumps(
        {"Operations": [{"op": "remove", "path": f"members[{text}]"}, {"op": "add", "path": f"urn:{text}"}]}
    )
    return describe("PATCH", "GROUP", body), read_request("PATCH", "GROUP", body)


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_redaction_of_prose_is_linear(unit: str):
    assert growth(redact_text, unit) < MOST


@pytest.mark.parametrize("unit", [*SIGNS, *JSON_PIECES, *WORDS, "password=", "eyJ", "{SSHA}"], ids=ascii)
@pytest.mark.parametrize("redact", [in_a_string, in_a_broken_body])
def test_redaction_of_bodies_is_linear(redact: Callable[[str], str], unit: str):
    assert growth(redact, unit) < MOST


def test_redaction_of_many_users_is_linear():
    users = [
        f'{{"userName":"{number}@example.com","password":"hunter2","title":"Head of {number}"}}' for number in range(4)
    ]
    for redact in (redact_body, redact_text, in_a_broken_body):
        once, twice = ("[" + ",".join(users * times) + "]" for times in (1, 2))
        assert work_on(redact, twice) < MOST * work_on(redact, once)


@pytest.mark.parametrize("unit", PATHS, ids=ascii)
def test_reading_and_describing_paths_is_linear(unit: str):
    assert growth(patch_path, unit) < MOST


@pytest.mark.parametrize("is_one_operation", [True, False])
def test_reading_and_describing_members_is_linear(is_one_operation: bool):
    def body(number: int) -> str:
        members = [{"value": f"{count:040}", "display": f"{count}@example.com"} for count in range(number)]
        lists = [members] if is_one_operation else [[member] for member in members]
        return json.dumps({"Operations": [{"op": "add", "path": "members", "value": some} for some in lists]})

    for read in (read_request, describe):
        once, twice = (work_on(partial(read, "PATCH", "GROUP"), body(number)) for number in (50, 100))
        assert twice < MOST * once


@pytest.mark.parametrize("unit", [*PATHS, *JSON_PIECES], ids=ascii)
def test_masking_of_paths_is_linear(unit: str):
    def masked(text: str) -> str:
        return masked_body(json.dumps({"Operations": [{"path": f"a[{text}", "value": text}], f"b[{text}": text}))

    assert growth(masked, unit) < MOST


def test_masking_of_many_values_is_linear():
    once, twice = (json.dumps({"phoneNumbers": [{"value": "x", "type": ["work"]}] * times}) for times in (50, 100))
    assert work_on(masked_body, twice) < MOST * work_on(masked_body, once)


@pytest.mark.parametrize("unit", ["a ", "1.", "\u0301\u0316"], ids=ascii)
def test_fingerprint_reads_no_further_than_its_limit(unit: str):
    text = unit * (2_100 // len(unit))
    assert work_on(template_of, text * 4) < 1.1 * work_on(template_of, text)


# The counter itself


@pytest.mark.parametrize(
    ("pattern", "unit"),
    [
        (r"(?: is)*x", " is"),
        (r"\s*+(?=x)", " "),
        (r"a.*b", "a"),
        (r"(?s)a.*?b", "a"),
        (r"(?<=a)[^b]*+b", "a"),
    ],
)
def test_quadratic_patterns_are_noticed(pattern: str, unit: str):
    searching = ModuleType("searching")
    exec(f"import re\nPATTERN = re.compile({pattern!r})", vars(searching))

    def work(text: str) -> int:
        with counted([searching], FOLDER) as found:
            list(searching.PATTERN.finditer(text))
        return found.steps

    text = unit * 20
    assert work(text * 2) > 3 * work(text)


def test_lines_of_python_are_counted():
    assert work_on(redact_text, "password=" * 20) > work_on(redact_text, "password=" * 10) + 100
    assert Work().steps == 0
