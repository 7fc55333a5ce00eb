"""A web server on this machine that misbehaves on purpose, answer by answer, and remembers what it was asked."""

import contextlib
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class Reply:
    """One answer: `parts` are sent one by one with a pause between them; without `length`, none is stated.

    Without a status the parts are all there is, the head of the answer included.
    """

    status: int | None = 200
    headers: dict = field(default_factory=dict)
    parts: tuple = (b"",)
    length: int | None = None
    pause: float = 0.0


def reply(body=b"", status=200, length=None, **headers):
    """An answer with an honest length; names of headers are written with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Reply(status, named, (body,), len(body) if length is None else length)


def raw(*parts, pause=0.0):
    """An answer whose every byte is given."""
    return Reply(status=None, parts=parts, pause=pause)


def drip(count, pause, byte=b"x"):
    """A body that comes one byte at a time."""
    return Reply(parts=tuple(byte for _ in range(count)), length=count, pause=pause)


def endless(chunk=b"x" * 2**16):
    """A body without end, of no stated length."""

    class Endless:
        def __iter__(self):
            while True:
                yield chunk

    return Reply(parts=Endless())


class HostileServer:
    """Answers by path; a list of answers is used up one by one, and its last one stays."""

    def __init__(self):
        self.replies = {"/robots.txt": reply(status=404)}
        self.requests = []
        self.httpd = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self.httpd.daemon_threads = True
        self.port = self.httpd.server_address[1]
        self.host = f"127.0.0.1:{self.port}"

    def url(self, path="/"):
        return f"http://{self.host}{path}"

    def counts(self):
        """Requests by path, without those for robots.txt."""
        return Counter(path for path, _, _ in self.requests if path != "/robots.txt")

    def times(self):
        return [moment for _, _, moment in self.requests]

    def next_reply(self, path, headers):
        self.requests.append((path, headers, time.monotonic()))
        found = self.replies.get(path, reply(status=404))
        if callable(found):
            return found(headers)
        if isinstance(found, list):
            return found.pop(0) if len(found) > 1 else found[0]
        return found


@contextlib.contextmanager
def hostile_server(tls=None):
    """A running server; with a context for TLS, it speaks HTTPS."""
    server = HostileServer()
    if tls:
        server.httpd.socket = tls.wrap_socket(server.httpd.socket, server_side=True)
    thread = threading.Thread(target=server.httpd.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.httpd.shutdown()
        server.httpd.server_close()
        thread.join()


def _handler(server):
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self):
            answer = server.next_reply(self.path, dict(self.headers))
            self.close_connection = True
            with contextlib.suppress(OSError):  # the client may have had enough
                self._send(answer)

        def _send(self, answer):
            if answer.status:
                self._send_head(answer)
            for part in answer.parts:
                self.wfile.write(part)
                self.wfile.flush()
                time.sleep(answer.pause)

        def _send_head(self, answer):
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            if answer.length is not None:
                self.send_header("Content-Length", str(answer.length))
            self.end_headers()

        def log_message(self, *args):
            pass

    return Handler
