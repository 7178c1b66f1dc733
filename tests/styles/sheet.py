"""A stylesheet as a tree of rules: read, filtered, and written again in as few letters as it came."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

# A comment or a quoted text, which may hold any letter, or one of the letters that structure a sheet.
TOKEN = re.compile(r"""/\*.*?\*/|"(?:\\.|[^"\\])*"|'(?:\\.|[^'\\])*'|[{};(),]|[^{};(),"'/]+|/""", re.DOTALL)
# These hold rules; the other at-rules hold declarations, or what is not of pages.
GROUPING = ("@media", "@supports", "@layer", "@container")
FUNCTION = re.compile(r":[\w-]+\([^()]*\)")
CLASS = re.compile(r"\.((?:\\.|[\w-])+)")
ATTRIBUTE = re.compile(r"\[(data-[\w-]+)")


@dataclass(frozen=True, slots=True)
class Rule:
    """A selector with its declarations, an at-rule with its rules, or, without a block, a statement."""

    head: str
    declarations: tuple[str, ...] = ()
    rules: tuple[Rule, ...] = ()

    @property
    def groups(self) -> bool:
        return self.head.startswith(GROUPING)

    @property
    def selectors(self) -> list[str]:
        return split(self.head, ",")

    def __str__(self) -> str:
        if not self.declarations and not self.rules:
            return f"{self.head};"
        inside = "".join(map(str, self.rules)) if self.rules else ";".join(self.declarations)
        return f"{self.head}{{{inside}}}"


def read(css: str) -> tuple[Rule, ...]:
    """The rules of a sheet; its comments are left out."""
    return tuple(_rules(css))


def _rules(css: str) -> Iterator[Rule]:
    head, block, depth = "", "", 0
    for token in TOKEN.findall(css):
        if token.startswith("/*"):
            continue
        if token == "}":
            depth -= 1
        if depth:
            block += token
        elif token == "}":
            yield _rule(head.strip(), block)
            head, block = "", ""
        elif token == ";":
            yield Rule(head.strip())
            head = ""
        elif token != "{":
            head += token
        if token == "{":
            depth += 1


def _rule(head: str, block: str) -> Rule:
    if head.startswith((*GROUPING, "@keyframes")):
        return Rule(head, rules=read(block))
    return Rule(head, declarations=tuple(split(block, ";")))


def split(css: str, at: str) -> list[str]:
    """The parts between the letters `at` that stand outside of brackets and quotes."""
    parts, depth = [""], 0
    for token in TOKEN.findall(css):
        depth += {"(": 1, ")": -1}.get(token, 0)
        if token == at and not depth:
            parts.append("")
        else:
            parts[-1] += token
    return [part.strip() for part in parts if part.strip()]


def classes(selector: str) -> set[str]:
    """The classes that an element, or those around it, must have; what stands in `:not()` or `:is()` is no must."""
    while FUNCTION.search(selector):
        selector = FUNCTION.sub("", selector)
    return {name.replace("\\", "") for name in CLASS.findall(selector)}


def attributes(selector: str) -> set[str]:
    """The `data-` attributes in a selector."""
    return set(ATTRIBUTE.findall(selector))
