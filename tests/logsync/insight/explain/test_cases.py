"""The table of cases, kept and read: what is loaded from the database leads to the same answers."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest

from logsync.ingest.snapshots import keep_snapshot
from logsync.insight.explain.load import evidence_on
from logsync.insight.why.judge import explain
from logsync.insight.why.sentences import headline_of
from logsync.models import AccessObject, IdentityProvider, LastSeenIdentity, Log, Reading
from tests.logsync.insight.why.cases import results_of, said
from tests.why_cases import APP, CASES, LOGIN, LOGIN_AT, OKTA, READ_AT, Case

Kind = AccessObject.Kind
READ_SINCE = LOGIN_AT - timedelta(days=30)


@pytest.fixture
def keep(account, make_stream, cover, make_login, make_update, time_machine):
    """Keep all that a case says is known; the login."""

    def kept(case):
        time_machine.move_to(READ_AT, tick=False)
        for idp_id, (type, name) in case.providers.items():
            IdentityProvider.objects.create(account=account, idp_id=idp_id, type=type, name=name)
        _keep_configuration(account, case)
        login = make_login(**LOGIN | case.login | {"app_uid": APP["id"]})
        if case.identity is not None:
            seen = LOGIN_AT - case.identity_age
            LastSeenIdentity.objects.create(
                account=account, access_id="cf", user_id=case.identity["user_uuid"], person=login.person,
                seen_at=seen, first_read_at=READ_AT, last_read_at=READ_AT, content=case.identity, digest="1",
            )  # fmt: skip
        if case.scim:
            cover(make_stream(Log.SCIM_UPDATES, OKTA), READ_SINCE, READ_AT)
            _keep_scim(make_update, case)
        return login

    return kept


def _keep_configuration(account, case: Case) -> None:
    app = APP | case.app | {"policies": [{"id": one["id"], "precedence": n} for n, one in enumerate(case.policies, 1)]}
    things = [(Kind.APP, app), *((Kind.POLICY, one) for one in case.policies)]
    things += [(Kind.GROUP, one) for one in case.groups] + [(Kind.LIST, one) for one in case.lists]
    for at in (READ_SINCE, READ_AT):
        for kind, content in things:
            keep_snapshot(account, kind, content["id"], content, at)
    for part in Reading.Part:
        Reading.objects.create(account=account, part=part, attempted_at=READ_AT, read_at=READ_AT)


def _keep_scim(make_update, case: Case) -> None:
    email = LOGIN["user_email"]
    known = {"status": "SUCCESS", "idp_id": OKTA}
    user = {"cf_resource_id": "cf-ada", "idp_resource_id": "okta-ada", "resource_user_email": email}
    body = json.dumps({"Operations": [{"op": "replace", "value": {"userName": email}}]})
    make_update(**known, **user, logged_at=READ_SINCE, request_method="PATCH", request_body=body)
    for name, is_member, before in case.scim:
        change = {"op": "add" if is_member else "remove", "path": "members", "value": [{"value": "cf-ada"}]}
        make_update(
            **known, logged_at=LOGIN_AT - before, request_method="PATCH", resource_type="GROUP",
            resource_user_email="", resource_group_name=name, cf_resource_id=f"cf-{name}", idp_resource_id=f"id-{name}",
            request_body=json.dumps({"Operations": [change]}),
        )  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=str)
def test_case_is_loaded(case, keep):
    [evidence] = evidence_on([keep(case)])
    why = explain(evidence)
    assert results_of(why) == case.results
    assert (why.headline, said(headline_of(why, evidence))) == (case.headline, case.sentence)
