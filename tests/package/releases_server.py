"""Stands where GitHub is: its answers' shapes, ETags, and a file whose sending breaks off."""

import json
import threading
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

ETAG = 'W/"5f2c"'


class GitHub:
    """Serves one release until it is left."""

    def __init__(self, address: str, version: str, content: bytes) -> None:
        self.version, self.content = version, content
        self.cuts = 0  # how many more times the sending breaks off
        self.ranges: list[str | None] = []
        self.statuses: list[int] = []
        self._server = ThreadingHTTPServer((address, 0), _handler(self))
        self.url = f"http://{address}:{self._server.server_address[1]}"

    def __enter__(self) -> Self:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()

    def release(self) -> dict[str, Any]:
        """As `GET /repos/OWNER/NAME/releases/latest` tells it."""
        name = f"webmacs-update-{self.version}-amd64.tar"
        asset = {
            "name": name, "size": len(self.content), "url": f"{self.url}/assets/1",
            "browser_download_url": f"{self.url}/download/{name}",
        }  # fmt: skip
        return {
            "tag_name": f"v{self.version}", "html_url": f"{self.url}/releases", "draft": False,
            "prerelease": False, "body": "More of everything.", "assets": [asset],
        }  # fmt: skip

    @staticmethod
    def client(origin: str) -> "Api":
        """A program that uses the appliance's API."""
        return Api(origin)


class Api:
    """The appliance as programs see it."""

    def __init__(self, origin: str) -> None:
        self._origin, self._token = origin, ""

    def sign_in(self, email: str, password: str) -> None:
        """With e-mail and password."""
        said = self.post("/api/v1/auth/login", {"email": email, "password": password})
        self._token = str(said["access_token"])

    def get(self, path: str) -> dict[str, Any]:
        """What it answers; {} while it does not."""
        try:
            return self._ask(path, None)
        except (urllib.error.URLError, ConnectionError, TimeoutError):
            return {"status": "", "data": []}

    def post(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What it answers."""
        return self._ask(path, json.dumps(body).encode())

    def put(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """What it answers."""
        return self._ask(path, json.dumps(body).encode(), method="PUT")

    def upload(self, path: str, name: str, content: bytes) -> dict[str, Any]:
        """Send a file as a form does."""
        head = f'--part\r\nContent-Disposition: form-data; name="file"; filename="{name}"\r\n\r\n'
        body = head.encode() + content + b"\r\n--part--\r\n"
        return self._ask(path, body, kind="multipart/form-data; boundary=part")

    def _ask(
        self, path: str, body: bytes | None, *, method: str = "", kind: str = "application/json"
    ) -> dict[str, Any]:
        headers = {"Content-Type": kind, "Authorization": f"Bearer {self._token}"}
        request = urllib.request.Request(  # noqa: S310 our own
            self._origin + path, body, headers, method=method or None
        )
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 our own
            return dict(json.loads(answer.read()))


def _handler(github: GitHub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            if self.path.startswith("/repos/"):
                self._tell()
            else:
                self._send()

        def _tell(self) -> None:
            is_known = self.headers.get("If-None-Match") == ETAG
            body = b"" if is_known else json.dumps(github.release()).encode()
            github.statuses.append(304 if is_known else 200)
            self.send_response(github.statuses[-1])
            self.send_header("ETag", ETAG)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def _send(self) -> None:
            wanted = self.headers.get("Range")
            github.ranges.append(wanted)
            start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
            body = github.content[start:]
            self.send_response(206 if start else 200)
            if start:
                whole = len(github.content)
                self.send_header("Content-Range", f"bytes {start}-{whole - 1}/{whole}")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if github.cuts:
                github.cuts -= 1
                self.wfile.write(body[: len(body) // 3])
                self.close_connection = True
                return
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            return

    return Handler
