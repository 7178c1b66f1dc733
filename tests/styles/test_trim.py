"""What browsers get of Tabler is current, small, and has every rule for a class that a page uses."""

from __future__ import annotations

import gzip

import pytest

from tests.styles import sheet, trim, used

SHEET = (
    "@charset 'UTF-8';:root{--used:1px;--only-by-unused:2px;--unused:3px}.card,.modal{margin:var(--used)}"
    ".modal{padding:var(--only-by-unused)}.btn:not(.modal):hover{animation:spin 1s}"
    "@media print{.modal{color:red}}@media (min-width:1px){a{color:blue}}"
    "@keyframes spin{to{rotate:1turn}}@keyframes fade{to{opacity:0}}"
    """[data-theme=dark] .card{background:url("data:image/svg+xml,{;},/*no comment*/")}.w-1\\/2{width:50%}"""
)


def trimmed(*names):
    return trim.trimmed(SHEET, names, own="")


def all_rules(rules):
    for rule in rules:
        if rule.groups:
            yield from all_rules(rule.rules)
        else:
            yield rule


def classes_of(css):
    selectors = [selector for rule in all_rules(sheet.read(css)) for selector in rule.selectors]
    return {name for selector in selectors for name in sheet.classes(selector)}


def test_trimmed_sheet_is_current():
    assert trim.TRIMMED.read_text() == trim.current(), "run `make styles`"


def test_every_class_of_templates_survives():
    wanted = used.classes_of_templates() & classes_of(trim.WHOLE.read_text())
    assert {"btn", "card", "form-control", "table", "visually-hidden"} <= wanted
    assert wanted <= classes_of(trim.TRIMMED.read_text())


@pytest.mark.parametrize("name", ["visually-hidden-focusable", "form-switch", "justify-content-center", "text-wrap"])
def test_classes_in_code_are_found(name):
    # In an attribute, in a tag of a template, in Python.
    assert name in used.names()


def test_attributes_set_by_scripts_are_found():
    assert "data-bs-theme" in used.names()


def test_trimmed_sheet_stays_small():
    css = trim.TRIMMED.read_bytes()
    assert len(gzip.compress(css)) < 10_000 < len(trim.WHOLE.read_bytes()) / 60


def test_licence_stands_in_trimmed_sheet():
    beginning = trim.TRIMMED.read_text()[:500]
    assert "Tabler v1.6.1" in beginning
    assert "Licensed under MIT" in beginning


def test_only_usable_selectors_are_kept():
    css = trimmed("card", "btn", "data-theme")
    assert ".card{margin:var(--used)}" in css
    assert ".btn:not(.modal):hover{" in css
    assert ".modal{" not in css
    assert "w-1" not in css


def test_escaped_class_is_known_by_its_name():
    assert ".w-1\\/2{width:50%}" in trimmed("w-1/2")


def test_properties_nobody_reads_are_dropped():
    assert ":root{--used:1px}" in trimmed("card")


def test_animations_nobody_uses_are_dropped():
    assert "@keyframes spin" in trimmed("btn")
    assert "fade" not in trimmed("btn")
    assert "spin" not in trimmed("card")


def test_empty_media_queries_are_dropped():
    assert "print" not in trimmed("card")
    assert "@media (min-width:1px){a{color:blue}}" in trimmed("card")


def test_quoted_braces_are_no_structure():
    assert """url("data:image/svg+xml,{;},/*no comment*/")""" in trimmed("card", "data-theme")


def test_sheet_of_known_names_stays_whole():
    every = [name for rule in all_rules(sheet.read(SHEET)) for name in sheet.classes(rule.head)]
    css = trim.trimmed(SHEET, [*every, "data-theme"], own="var(--unused) animation: fade 1s;")
    assert css == SHEET.removeprefix("@charset 'UTF-8';")
