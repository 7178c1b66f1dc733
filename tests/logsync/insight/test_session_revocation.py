"""Whether providers revoke sessions."""

from __future__ import annotations

import pytest

from logsync.insight.session_revocation import revokes_on_deprovisioning, revokes_on_group_change
from logsync.models import IdentityProvider


@pytest.mark.parametrize(("setting", "word"), [(True, "on"), (False, "off"), (None, "unknown")])
def test_deprovisioning_follows_its_setting(setting, word):
    assert revokes_on_deprovisioning(IdentityProvider(user_deprovision=setting)) == word


@pytest.mark.parametrize(("behaviour", "word"), [("reauth", "on"), ("Automatic", "off"), ("", "unknown")])
def test_only_reauth_revokes_on_group_changes(behaviour, word):
    assert revokes_on_group_change(IdentityProvider(identity_update_behavior=behaviour)) == word


def test_no_provider_is_unknown():
    assert revokes_on_deprovisioning(None) == revokes_on_group_change(None) == "unknown"
