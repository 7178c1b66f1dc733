"""Phrases that pages, messages and documents used to have and must not have again, with what to say instead."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.conf import settings

ROOT: Path = settings.BASE_DIR
# What is read by machines, or is not ours to word.
LEFT_OUT = ("logsync/simulator/", "logsync/scim/redact/", "logsync/scim/advice/", "/migrations/", "static/vendor/")

INSTEAD = {
    r"None allowed since": "none successful",
    r"\{\}x\b|\d+x at ": "19 attempts",
    r"\bh before\b|hours before\b": "3 hours earlier",
    r"locked out of one\b|people in all\b": "29 people still locked out (36 person-app pairs)",
    r", one row$|, one problem$": "Login details, Problem details",
    r"\bOwn page\b": "Open full page",
    r"[Tt]he same as a table": "View as table",
    r"\bNot said\b": "No result recorded",
    r"\bLeft out\b": "Missing field",
    r"Address, whole": "Exact e-mail",
    r"What to ask next": "What to do next",
    r"[Ww]hat the log cannot tell": "What the logs can't show",
    r"Also true": "Other findings",
    r"Shared is not|the log has no reason": "Having something in common doesn't prove the cause",
    r"that the numbers prove": "no significant difference",
    r"occurs in no login": "no logins or SCIM updates found",
    r"\bSimilar:": "Did you mean …?",
    r"missing from the start": "A user who was never assigned to the app looks the same here",
    r"trouble lies in": "If the login succeeded, check the app, cookies or session",
    r"\b(is|are) failing since\b": "have been failing since",
    r"Let in after a deprovisioning": "Logins after deprovisioning",
    r"range is that of": "The range filters by deprovisioning time",
    r"\b[Ww]hom\b": "a shorter sentence: Everyone seen in the logs",
    r"seen last first|those first who": "most recent first",
    r"are of nobody|\bof nobody\b": "Denials without an e-mail aren't counted here",
    r"[Bb]efore is as long|as long a time": "the previous period of equal length",
    r"What it asked": "Request and error",
    r"less secrets": "Latest error (secrets removed)",
    r"\btaken out\b": "removed",
    r"is an address of a list|address of a list under a name": "Save a filtered list to reuse it",
    r"You keep no view": "No saved views yet",
    r"Save this address as": "Save view as",
    r"Show and remember": "Save layout",
    r"Show once": "Apply once",
    r"Export with this line": "Export with coverage note",
    r"^Without \{\}: ": "Remove Country filter (416 rows)",
    r"open for too long": "Your session changed; search again",
    r"\bprovisional (since|until)\b": "may still change",
    r"\b[Mm]end(s|ed|ing)?\b": "fix",
    r"own\s+account\s+alone\b": "A rejected token affects only its own account",
    r"\bby its chip\b": "click the chip",
    r"\b[Ss]omebody\b": "someone",
    r"\b[Ee]verybody\b": "everyone",
    r"[Ii]f it stays so": "If it keeps happening",
    r"listed no more|no more since": "has not been listed since",
    r"Nothing has to be done": "Nothing to do",
    r"\bThe utc clock\b": "UTC",
}
PATTERN = re.compile("|".join(f"(?:{found})" for found in INSTEAD), re.MULTILINE)


def texts(path: Path) -> Iterator[str]:
    """What people may read of a file: of Python its strings without docstrings, of templates their words."""
    source = path.read_text(encoding="utf-8")
    if path.suffix == ".py":
        yield from strings_of(ast.parse(source))
    elif path.suffix == ".html":
        yield re.sub(r"\{#.*?#\}|\{% comment.*?endcomment %\}", "", source, flags=re.DOTALL)
    elif path.suffix == ".js":
        yield re.sub(r"^\s*//.*$|/\*.*?\*/", "", source, flags=re.DOTALL | re.MULTILINE)
    else:
        yield source


def strings_of(tree: ast.Module) -> Iterator[str]:
    """The strings of a module; what an f-string fills in is "{}"."""
    docstrings = {
        id(node.value) for node in ast.walk(tree) if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    parts = {id(part) for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in node.values}
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            yield "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and not {id(node)} & (docstrings | parts):
            yield node.value


def files() -> list[Path]:
    globs = ("dashboard/**/*.py", "logsync/**/*.py", "templates/**/*.html", "static/*.js", "docs/*.md")
    found = [path for glob in globs for path in sorted(ROOT.glob(glob))]
    found += [ROOT / name for name in ("README.md", "CONTRIBUTING.md", ".env.example", "compose.yaml", "Makefile")]
    return [path for path in found if not any(part in path.as_posix() for part in LEFT_OUT)]


@pytest.mark.parametrize("folder", ["dashboard", "logsync", "templates", "static", "docs", ""])
def test_no_old_phrase_is_left(folder):
    found = []
    for path in files():
        name = path.relative_to(ROOT).as_posix()
        if name.partition("/")[0 if "/" in name else 1] != folder:
            continue
        found += [f"{name}: “{match[0]}”" for text in texts(path) for match in PATTERN.finditer(text)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize(
    ("source", "strings"),
    [
        ('"""A docstring."""\nx = "one"', ["one"]),
        ('x = f"one {y} two" "three"', ["one {} twothree"]),
        ('def f():\n    """Another."""\n    return "mend it"', ["mend it"]),
    ],
)
def test_strings_are_found_without_docstrings(source, strings):
    assert list(strings_of(ast.parse(source))) == strings


def test_each_phrase_has_its_better_one():
    for old, better in INSTEAD.items():
        assert not re.search(old, better), old
