"""Whatever a pasted text repeats, the work on it grows no faster than its length."""

from __future__ import annotations

import importlib
import pkgutil
from pathlib import Path

import pytest

from dashboard.search import recognise
from tests.work import counted

MODULES = [
    recognise,
    *(
        importlib.import_module(f"{recognise.__name__}.{module.name}")
        for module in pkgutil.iter_modules(recognise.__path__)
    ),
]
FOLDER = Path(recognise.__file__).parent
LENGTH = 160
MOST = 2.2

UNITS = [
    *"a0.:/@-_[(<\"'%+ \n",
    *[
        "a.",
        "a@",
        "@a",
        "a.b ",
        "a@b.",
        "0:",
        "::",
        "1.",
        "1.1.1.1 ",
        "a-",
        "http://",
        "https://a/",
        "hxxp://",
        "a/b",
        "?a=b&",
    ],
    *[
        "ray id ",
        "ray id: ",
        "cf-ray",
        "is ",
        "mailto:",
        "%2B",
        "%40",
        " at ",
        "[at]",
        "[.]",
        "message-id: <",
        "<a>",
        "<p>",
    ],
    *[
        "00u",
        "0123456789abcdef",
        "0123456789abcdef ",
        "-FRA",
        "error 1020 ",
        "error ",
        "AADSTS",
        "service token ",
        "aud",
    ],
    *[
        "you have been blocked ",
        "/cdn-cgi/access/sso/",
        "xn--",
        "*.a",
        "ada@example.com ",
        "e\u0301",
        "\u200b",
        "\ud800",
    ],
]


def work_on(text: str) -> int:
    with counted(MODULES, FOLDER) as work:
        recognise.recognise(text)
    return work.steps


@pytest.mark.parametrize("unit", UNITS, ids=ascii)
def test_recognising_is_linear(unit):
    text = unit * max(LENGTH // len(unit), 4)
    assert work_on(text * 2) < MOST * work_on(text)
