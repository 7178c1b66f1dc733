"""Refuses passwords that are guessed quickly although they are long: repetitions, keyboard rows, words and names."""

from __future__ import annotations

from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from zxcvbn import zxcvbn

# zxcvbn calls it "safely unguessable" where tries are slowed down: more than 10^8 guesses.
LOWEST_SCORE = 3
# It takes time that grows with the square of the length, and what is longer is not weak for what comes after.
LONGEST_LOOKED_AT = 72


class GuessablePasswordValidator:
    """As Django's own validators; the estimate is zxcvbn's."""

    def validate(self, password: str, user: User | None = None) -> None:
        own = [user.get_username(), user.email, user.first_name, user.last_name] if user else []
        found = zxcvbn(password[:LONGEST_LOOKED_AT], user_inputs=[*filter(None, own), "gatehouse", "cloudflare"])
        if found["score"] < LOWEST_SCORE:
            raise ValidationError(
                "This password is easily guessed: repetitions, rows of keys, dates and well-known words don’t make it "
                "stronger. Four unrelated words do, or one made by a password manager.",
                code="password_guessable",
            )

    def get_help_text(self) -> str:
        return "It must be hard to guess, such as four unrelated words."
