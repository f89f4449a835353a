"""A web server that stands for the chat server behind CDP_ALERT_WEBHOOK."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any


class Webhook(HTTPServer):
    """Keeps what is posted to it."""

    def __init__(self, status: int) -> None:
        self.status = status
        self.posted: list[dict[str, Any]] = []
        super().__init__(("127.0.0.1", 0), _Answer)

    @property
    def url(self) -> str:
        """Where to post; the last part is a secret."""
        return f"http://127.0.0.1:{self.server_port}/hook/secret-token"


@contextmanager
def listening(status: int = 200) -> Iterator[Webhook]:
    """A webhook that answers with a status until the end."""
    server = Webhook(status)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


class _Answer(BaseHTTPRequestHandler):
    server: Webhook

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.posted.append(json.loads(body))
        self.send_response(self.server.status)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""
