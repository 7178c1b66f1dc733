"""Which SCIM problems still fail."""

from __future__ import annotations

from logsync.insight.problem_queries import count_open, most_failing
from logsync.models import ScimProblem


def test_most_failing_come_first(make_update):
    for number in range(3):
        make_update(cf_resource_id=f"a{number}", idp_resource_id=f"a{number}", error_description="one thing")
    other = make_update(cf_resource_id="b", idp_resource_id="b", error_description="another")
    first, second = most_failing(ScimProblem.objects.all(), 9)
    assert (first[1:], second) == ((3, 0), (other.problem_id, 1, 0))
    assert most_failing(ScimProblem.objects.all(), 1) == [first]
    assert count_open(ScimProblem.objects.all()) == 2
    assert count_open(ScimProblem.objects.filter(pk=other.problem_id)) == 1
