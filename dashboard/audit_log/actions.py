"""What people do that is written down."""

from __future__ import annotations

from django.db.models import TextChoices


class Action(TextChoices):
    """The kinds of audit entries; the label is what the pages call it."""

    SIGNED_IN = "signed_in", "Signed in"
    SIGNED_OUT = "signed_out", "Signed out"
    SIGN_IN_FAILED = "sign_in_failed", "Sign-in failed"
    SIGN_INS_SLOWED = "sign_ins_slowed", "Slowed down sign-ins"
    SESSIONS_ENDED = "sessions_ended", "Ended sessions"
    PASSWORD_CHANGED = "password_changed", "Changed a password"
    FACTORS_CHANGED = "factors_changed", "Changed two-step sign-in"
    REFUSED = "refused", "Refused"
    PERSON_VIEWED = "person_viewed", "Viewed a person"
    REVEALED = "revealed", "Revealed masked data"
    REVEALED_VIEWED = "revealed_viewed", "Viewed revealed data"
    EXPORTED = "exported", "Exported"
    SETTINGS_CHANGED = "settings_changed", "Changed settings"
    ROLES_CHANGED = "roles_changed", "Changed roles"
    ACCOUNT_CHANGED = "account_changed", "Changed an account"
    NOTE_CHANGED = "note_changed", "Changed a note"
    SYNC_STARTED = "sync_started", "Started a sync or backfill"
    PERSON_EXPORTED = "person_exported", "Exported a person’s data"
    PERSON_ERASED = "person_erased", "Erased a person"
    PERSON_SEARCHED = "person_searched", "Searched for a person"
    AUDIT_FORGOTTEN = "audit_forgotten", "Deleted old audit entries"
    WHAT_IF_STARTED = "what_if_started", "Tried edited policies"
    COMMAND_RUN = "command_run", "Ran a command"
