"""A small identity provider that speaks OpenID Connect: a real web server, which believes whatever a test says."""

from __future__ import annotations

import json
import secrets
import threading
from base64 import b64decode, urlsafe_b64encode
from contextlib import contextmanager
from hashlib import sha256
from http import HTTPStatus
from socketserver import ThreadingMixIn
from urllib.parse import parse_qs, parse_qsl, unquote, urlencode
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa
from django.utils import timezone
from jwt.algorithms import RSAAlgorithm

CLIENT_ID, CLIENT_SECRET = "gatehouse", "the client's secret"


class SigningKey:
    """A private key and what is published of it."""

    def __init__(self, key_id):
        self.key_id = key_id
        self.private = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.published = json.loads(RSAAlgorithm.to_jwk(self.private.public_key())) | {
            "kid": key_id,
            "use": "sig",
            "alg": "RS256",
        }

    def sign(self, claims, key_id=None):
        return jwt.encode(claims, self.private, algorithm="RS256", headers={"kid": key_id or self.key_id})


class IdentityProvider:
    """Whoever comes is the person of `claims`, without a question; what it answers can be made wrong.

    `id_token` and `userinfo` change the claims of the one or the other (None takes one away), `published` changes the
    configuration. `asked` has the path of every request, and `refused` why a code was not exchanged.
    """

    def __init__(self, key):
        self.address, self.key = "", key
        self.published_keys = [key]
        self.claims = {"sub": "ada-1", "email": "ada@meridian.example", "email_verified": True, "groups": []}
        self.id_token, self.userinfo, self.published = {}, {}, {}
        self.asked, self.refused = [], []
        self.answers_error = ""
        self._codes, self._access_tokens = {}, set()

    def __call__(self, environ, start_response):
        path = environ["PATH_INFO"]
        self.asked.append(path)
        answers = {
            "/.well-known/openid-configuration": self._configuration,
            "/authorize": self._authorize,
            "/token": self._token,
            "/jwks": lambda environ: {"keys": [key.published for key in self.published_keys]},
            "/userinfo": self._userinfo,
            # Cloudflare Access has its keys here.
            "/cdn-cgi/access/certs": lambda environ: {"keys": [key.published for key in self.published_keys]},
        }
        answer = answers[path](environ) if path in answers else None
        if isinstance(answer, str):
            start_response("302 Found", [("Location", answer)])
            return [b""]
        status = HTTPStatus.OK if answer else HTTPStatus.BAD_REQUEST
        start_response(f"{status.value} {status.phrase}", [("Content-Type", "application/json")])
        return [json.dumps(answer or {"error": "invalid_request"}).encode()]

    def _configuration(self, environ):
        published = {
            "issuer": self.address,
            "authorization_endpoint": f"{self.address}/authorize",
            "token_endpoint": f"{self.address}/token",
            "jwks_uri": f"{self.address}/jwks",
            "userinfo_endpoint": f"{self.address}/userinfo",
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
        }
        return _changed(published, self.published)

    def _authorize(self, environ):
        asked = dict(parse_qsl(environ["QUERY_STRING"]))
        if self.answers_error:
            return f"{asked['redirect_uri']}?{urlencode({'error': self.answers_error, 'state': asked['state']})}"
        code = secrets.token_urlsafe()
        self._codes[code] = asked
        return f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"

    def _token(self, environ):
        body = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])).decode()
        sent = {name: values[0] for name, values in parse_qs(body).items()}
        begun = self._codes.pop(sent.get("code"), None)
        client = b64decode(environ["HTTP_AUTHORIZATION"].removeprefix("Basic ")).decode()
        challenge = urlsafe_b64encode(sha256(sent.get("code_verifier", "").encode()).digest()).rstrip(b"=").decode()
        announced = begun and (begun.get("code_challenge"), begun.get("code_challenge_method"))
        wrong = {
            "code": begun is None,
            "client": unquote(client) != f"{CLIENT_ID}:{CLIENT_SECRET}",
            "verifier": begun and announced != (challenge, "S256"),
            "address": begun and begun["redirect_uri"] != sent.get("redirect_uri"),
        }
        if any(wrong.values()):
            self.refused.append([name for name, is_wrong in wrong.items() if is_wrong])
            return None
        access_token = secrets.token_urlsafe()
        self._access_tokens.add(access_token)
        now = int(timezone.now().timestamp())
        claims = {"iss": self.address, "aud": CLIENT_ID, "iat": now, "exp": now + 300, "nonce": begun.get("nonce")}
        id_token = self.key.sign(_changed(claims | self.claims, self.id_token), self.published_keys[0].key_id)
        return {"access_token": access_token, "token_type": "Bearer", "expires_in": 300, "id_token": id_token}

    def _userinfo(self, environ):
        if environ.get("HTTP_AUTHORIZATION", "").removeprefix("Bearer ") not in self._access_tokens:
            return None
        return _changed({"sub": self.claims["sub"]}, self.userinfo)


def _changed(claims, changes):
    return {name: value for name, value in (claims | changes).items() if value is not None}


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args):
        pass


@contextmanager
def identity_provider(key):
    """Run one on a free port."""
    provider = IdentityProvider(key)
    server = make_server("127.0.0.1", 0, provider, _Server, _Quiet)
    provider.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield provider
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def sign_in_by(provider, settings):
    """Let people sign in by this provider, as the environment would."""
    client = {"provider_id": "oidc", "name": "Meridian ID", "client_id": CLIENT_ID, "secret": CLIENT_SECRET}
    app = client | {"settings": {"server_url": provider.address}}
    configured = settings.SOCIALACCOUNT_PROVIDERS["openid_connect"] | {"APPS": [app]}
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": configured}
    settings.OIDC_ISSUER, settings.OIDC_NAME = provider.address, "Meridian ID"
