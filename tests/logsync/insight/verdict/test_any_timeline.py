"""Whatever the logs hold, a verdict is whole: one headline, or that nothing is known, and rows that exist."""

from __future__ import annotations

import hypothesis.strategies as st
from django.db import transaction
from hypothesis import given

from logsync.models import AccessRequest, ScimUpdate
from tests.examples import examples
from tests.logsync.insight.verdict.timeline import Timeline

MINUTES = st.sampled_from(["-5", "-5.5", "-6", "-7", "-40", "-100", "-900", "-9000", "-20000"])
LOGINS = st.builds(
    "{} {}{} {} {}".format,
    st.sampled_from(["", "", "", "eve@", "nobody", "4 others", "a.l@ u1", "u1"]),
    st.sampled_from(["jira", "wiki"]),
    st.sampled_from("++--?"),
    MINUTES,
    st.sampled_from(["", "", "azureAD", "onetimepin", "nonidentity", "DE", "203.0.113.9", "ray_id=", "action=logout"]),
)
UPDATES = st.builds(
    "S {} {} {}".format,
    st.sampled_from(["off", "on", "delete", "create", "other", "grp-in", "grp-out", "grp-set"]),
    st.sampled_from(["ok", "ok", "FAILED", "PARTIAL"]),
    MINUTES,
)
COVERAGE = st.sampled_from(
    [
        "",
        "",
        "",
        "logins none",
        "logins -60..0",
        "logins -40320..-30",
        "hole -300..-6",
        "SCIM none",
        "SCIM hole -300..-6",
    ]
)


@examples(60)
@given(events=st.lists(LOGINS | UPDATES, max_size=8), coverage=COVERAGE)
def test_every_timeline_gives_one_supported_verdict(
    now, account, okta, make_stream, cover, make_login, make_update, judge_ada, events, coverage
):
    with transaction.atomic():
        Timeline(account, okta, make_stream, cover, make_login, make_update).make(",".join([*events, coverage]))
        verdict = judge_ada()
        lines = [*verdict.coverage, *verdict.notes, *([verdict.headline] if verdict.headline else [])]
        assert (verdict.headline is None) == ("C1" in {line.id for line in lines})
        assert len({line.id for line in lines} - {"C2"}) == len([line for line in lines if line.id != "C2"])
        assert all(line.sentence.text(str) for line in lines)
        keys = {row.key for line in lines for row in line.evidence}
        found = [model.objects.filter(key__in=keys).count() for model in (AccessRequest, ScimUpdate)]
        assert sum(found) == len(keys)
        transaction.set_rollback(True)
