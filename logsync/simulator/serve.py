"""The simulator over HTTP, in a thread of this process: for a foreground sync that has no other Cloudflare."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from urllib.parse import urlsplit
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from logsync.simulator.wsgi import application


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _QuietHandler(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Requests of a demonstration are not worth a line each."""


@contextmanager
def simulator_at(base_url: str) -> Iterator[None]:
    """Serve the simulator at the address of `base_url` while the block runs, unless something serves there already."""
    address = urlsplit(base_url)
    host, port = address.hostname or "127.0.0.1", address.port or 80
    if _is_served(host, port):
        yield
        return
    with make_server(host, port, application, _Server, _QuietHandler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield
        finally:
            server.shutdown()


def _is_served(host: str, port: int) -> bool:
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((host, port)) == 0
