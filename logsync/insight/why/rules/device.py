"""Rules about a device and its client certificate: the last seen identity shows them as they were then."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from logsync.cloudflare.policies import Rule
from logsync.insight.why.facts import Evidence
from logsync.insight.why.rules.finding import IDENTITY, Finding, by_older, unknown

_NO_IDENTITY = "Gatehouse knows no last seen identity of this person, which would show their device"
# Where an identity may have the name that a certificate is made out to.
_NAME_KEYS = ("common_name", "cert_common_name", "cert_subject_cn")
_SUBJECT_KEYS = ("cert_subject_dn", "subject_dn")


def posture(rule: Rule, evidence: Evidence) -> Finding:
    wanted, identity = rule.text("integration_uid"), evidence.own_identity
    if not wanted:
        return unknown("the rule names no check")
    if identity is None:
        return unknown(_NO_IDENTITY)
    check = identity.device_posture.get(wanted)
    if check is None:
        return unknown("the identity last seen has no result of this check", "", IDENTITY, identity.seen_at)
    at = check.checked_at or identity.seen_at
    if check.success is None:
        return unknown("the identity last seen doesn’t say whether this check was passed", "", IDENTITY, at)
    return by_older(check.success, "passed" if check.success else "failed", IDENTITY, at)


def certificate(rule: Rule, evidence: Evidence) -> Finding:
    identity = evidence.own_identity
    if identity is None:
        return unknown(_NO_IDENTITY)
    is_valid = _is_valid(identity.certificate or {})
    if is_valid is None:
        return unknown("the identity last seen says nothing of a certificate", "", IDENTITY, identity.seen_at)
    return by_older(is_valid, "valid" if is_valid else "none that is valid", IDENTITY, identity.seen_at)


def common_name(rule: Rule, evidence: Evidence) -> Finding:
    wanted, identity = rule.text("common_name"), evidence.own_identity
    if not wanted:
        return unknown("the rule names no common name")
    if identity is None:
        return unknown(_NO_IDENTITY)
    fields = identity.certificate or {}
    is_valid, seen = _is_valid(fields), _common_name(fields)
    if is_valid is False:
        return by_older(False, "none that is valid", IDENTITY, identity.seen_at)
    if is_valid is None or not seen:
        return unknown("the identity last seen has no common name of a certificate", "", IDENTITY, identity.seen_at)
    return by_older(seen.casefold() == wanted.casefold(), seen, IDENTITY, identity.seen_at)


def _is_valid(fields: Mapping[str, Any]) -> bool | None:
    """Whether a valid certificate was shown; None if it isn't said in a way that is known here."""
    if fields.get("cert_presented") is False:
        return False
    status = fields.get("auth_status")
    word = status.strip().upper().partition(":")[0] if isinstance(status, str) else ""
    return {"SUCCESS": True, "NONE": False, "FAILED": False}.get(word)


def _common_name(fields: Mapping[str, Any]) -> str:
    for key in _NAME_KEYS:
        if isinstance(value := fields.get(key), str) and value.strip():
            return value.strip()
    for key in _SUBJECT_KEYS:
        if isinstance(value := fields.get(key), str):
            names = [part.strip()[3:] for part in value.split(",") if part.strip().upper().startswith("CN=")]
            if len(names) == 1:
                return names[0].strip()
    return ""
