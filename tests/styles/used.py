"""Which classes and attributes the pages may have, read from the templates, the code and the scripts.

A name too many only keeps a rule that nobody needs, so a word counts as a class wherever it might be one.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
CLASS_ATTRIBUTE = re.compile(r"""\bclass(?:Name)?\s*[=:]\s*("[^"]*"|'[^']*'|`[^`]*`)""")
QUOTED = re.compile(r'"([^"\n]*)"|\'([^\'\n]*)\'|`([^`]*)`')
CLASSES_ONLY = re.compile(r"[a-z][a-z0-9]*(?:-[a-z0-9]+)*(?:\s+[a-z][a-z0-9]*(?:-[a-z0-9]+)*)*")
WORD = re.compile(r"[A-Za-z][\w-]*")
# Template tags within an attribute may hold quotes of their own.
TEMPLATE_TAG = re.compile(r"\{%.*?%\}|\{\{.*?\}\}", re.DOTALL)
TAG_TEXT = re.compile(r"""["']([^"']*)["']""")


@cache
def names() -> frozenset[str]:
    """Every word that may be a class or an attribute on a page."""
    return frozenset(_names())


def _names() -> Iterator[str]:
    for path in sorted((ROOT / "templates").rglob("*.html")):
        yield from _of_template(path.read_text())
    for path in sorted((ROOT / "dashboard").rglob("*.py")):
        yield from _of_code(path.read_text())
    for path in sorted((ROOT / "static").glob("*.js")):
        yield from _of_markup(path.read_text())


def classes_of_templates() -> set[str]:
    """The classes that the templates spell out."""
    found = set()
    for path in (ROOT / "templates").rglob("*.html"):
        attributes = CLASS_ATTRIBUTE.findall(TEMPLATE_TAG.sub(" ", path.read_text()))
        found |= {word for value in attributes for word in value[1:-1].split()}
    return found


def _of_template(text: str) -> Iterator[str]:
    yield from _of_markup(TEMPLATE_TAG.sub(" ", text))
    for tag in TEMPLATE_TAG.findall(text):
        for value in TAG_TEXT.findall(tag):
            yield from WORD.findall(value)


def _of_markup(text: str) -> Iterator[str]:
    yield from re.findall(r"\bdata-[\w-]+", text)
    # A script's `root.dataset.bsTheme` is the attribute data-bs-theme.
    for name in re.findall(r"\bdataset\.(\w+)", text):
        yield "data-" + re.sub(r"[A-Z]", lambda letter: f"-{letter[0].lower()}", name)
    for value in CLASS_ATTRIBUTE.findall(text):
        yield from WORD.findall(value)
    for quoted in QUOTED.findall(text):
        value = "".join(quoted)
        if CLASSES_ONLY.fullmatch(value.strip()):
            yield from value.split()
        elif "." in value:
            # A selector.
            yield from re.findall(r"\.([a-z][\w-]*)", value)


def _of_code(text: str) -> Iterator[str]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if CLASSES_ONLY.fullmatch(node.value.strip()):
                yield from node.value.split()
            else:
                yield from _of_markup(node.value)
