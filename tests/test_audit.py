"""What the audit of the dependencies says."""

from tests.audit import report

CLEAN = {"name": "django", "version": "5.2.19", "vulns": []}
UNKNOWN = {"name": "kombu", "skip_reason": "Dependency not found on PyPI and could not be audited: kombu (5.7)"}
VULNERABLE = {"name": "old", "version": "1.0", "vulns": [{"id": "PYSEC-1", "fix_versions": ["1.1"]}]}


def test_clean_dependencies_pass():
    assert report([CLEAN]) == ("1 of 1 pinned dependencies were audited.", False)


def test_unknown_dependencies_are_counted_apart():
    words, is_bad = report([CLEAN, UNKNOWN])
    assert words.startswith("1 of 2 ")
    assert "Nothing is known about the other 1" in words
    assert not is_bad


def test_vulnerable_dependency_fails_by_name():
    words, is_bad = report([CLEAN, VULNERABLE])
    assert "old 1.0 is vulnerable: PYSEC-1 (mended in 1.1)." in words
    assert is_bad
