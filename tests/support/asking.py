"""A plain HTTP client that follows nothing and keeps nothing."""

import http.client
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit


@dataclass(frozen=True)
class Answer:
    status: int
    headers: http.client.HTTPMessage
    body: bytes

    @property
    def text(self):
        return self.body.decode()


class Client:
    """Asks one server; follows nothing, keeps nothing."""

    def __init__(self, url):
        self.url = url

    def ask(self, method, path, body=None, headers=None):
        parts = urlsplit(self.url)
        connection = http.client.HTTPConnection(parts.hostname, parts.port, timeout=60)
        try:
            connection.request(method, path, body, headers or {})
            response = connection.getresponse()
            return Answer(response.status, response.headers, response.read())
        finally:
            connection.close()

    def get(self, path, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.ask("GET", path, headers=named)

    def head(self, path):
        return self.ask("HEAD", path)

    def post(self, path, fields, **headers):
        form = "application/x-www-form-urlencoded"
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        body = urlencode(fields, doseq=True)
        return self.ask("POST", path, body, {"Content-Type": form, **named})
