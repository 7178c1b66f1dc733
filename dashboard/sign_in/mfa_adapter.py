"""What Gatehouse decides differently from allauth about second factors."""

from __future__ import annotations

import base64

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import generate_totp_secret
from cryptography.fernet import Fernet, InvalidToken
from django.contrib.auth.models import User
from django.utils.crypto import salted_hmac


class MFAAdapter(DefaultMFAAdapter):
    """Secrets of authenticator apps and recovery codes are of no use without SECRET_KEY, so not to who has a dump."""

    error_messages = {
        **DefaultMFAAdapter.error_messages,
        "incorrect_code": "That didn’t match. Try again.",
    }

    def encrypt(self, text: str) -> str:
        return _cipher().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        try:
            return _cipher().decrypt(encrypted_text.encode()).decode()
        except InvalidToken:
            # Made under another SECRET_KEY. No code may match, and a blank secret would be known to everyone.
            return generate_totp_secret()

    def generate_authenticator_name(self, user: User, type: Authenticator.Type) -> str:
        number = Authenticator.objects.filter(user=user, type=type).count() + 1
        return "Passkey" if number == 1 else f"Passkey {number}"


def _cipher() -> Fernet:
    key = salted_hmac("secrets of second factors", "", algorithm="sha256").digest()
    return Fernet(base64.urlsafe_b64encode(key))
