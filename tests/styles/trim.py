"""`python -m tests.styles.trim`: write static/tabler.css: the rules of Tabler that the pages use."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path

from tests.styles import sheet, used
from tests.styles.sheet import Rule

WHOLE = Path(__file__).parent / "vendor" / "tabler.min.css"
STATIC = used.ROOT / "static"
TRIMMED = STATIC / "tabler.css"
# Our own sheets also read Tabler's custom properties.
OWN = (STATIC / "gatehouse.css", STATIC / "policies.css")

READ_PROPERTY = re.compile(r"var\(\s*(--[\w-]+)")
ANIMATION = re.compile(r"animation(?:-name)?:([^;}]+)")
NOTE = "These are only the rules that the pages use; tests/styles/trim.py wrote this file."


def trimmed(whole: str, names: Iterable[str], own: str) -> str:
    """The rules of a sheet for pages that have no classes and `data-` attributes but `names`.

    `own` is whatever else may read the custom properties of the sheet.
    """
    rules = tuple(_with_names(sheet.read(whole), frozenset(names)))
    while True:
        css = "".join(map(str, rules))
        properties = frozenset(READ_PROPERTY.findall(css + own))
        animations = frozenset(word for value in ANIMATION.findall(css + own) for word in re.findall(r"[\w-]+", value))
        fewer = tuple(_with_readers(rules, properties, animations))
        if fewer == rules:
            return css
        rules = fewer


def _with_names(rules: Iterable[Rule], names: frozenset[str]) -> Iterator[Rule]:
    """The rules of which some selector can match, with those selectors alone."""
    for rule in rules:
        if rule.groups:
            if inside := tuple(_with_names(rule.rules, names)):
                yield replace(rule, rules=inside)
        elif rule.head.startswith("@charset"):
            # Servers say it already.
            continue
        elif rule.head.startswith("@"):
            yield rule
        elif kept := [of for of in rule.selectors if sheet.classes(of) | sheet.attributes(of) <= names]:
            yield replace(rule, head=",".join(kept))


def _with_readers(rules: Iterable[Rule], properties: frozenset[str], animations: frozenset[str]) -> Iterator[Rule]:
    """The rules without custom properties and animations that nothing reads."""
    for rule in rules:
        if rule.groups:
            if inside := tuple(_with_readers(rule.rules, properties, animations)):
                yield replace(rule, rules=inside)
        elif rule.head.startswith("@keyframes"):
            if rule.head.split()[1] in animations:
                yield rule
        elif rule.head.startswith("@property"):
            if rule.head.split()[1] in properties:
                yield rule
        elif not rule.declarations:
            yield rule
        elif kept := tuple(each for each in rule.declarations if _is_read(each, properties)):
            yield replace(rule, declarations=kept)


def _is_read(declaration: str, properties: frozenset[str]) -> bool:
    name = declaration.partition(":")[0]
    return not name.startswith("--") or name in properties


def current() -> str:
    """What TRIMMED has to be."""
    whole = WHOLE.read_text()
    banner = whole[whole.index("/*!") : whole.index("*/")]
    own = "".join(path.read_text() for path in OWN)
    return f"{banner} *\n * {NOTE}\n */\n{trimmed(whole, used.names(), own)}\n"


if __name__ == "__main__":
    TRIMMED.write_text(current())
    print(f"{TRIMMED.relative_to(used.ROOT)}: {TRIMMED.stat().st_size:,} of {WHOLE.stat().st_size:,} bytes")
