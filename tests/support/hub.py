"""A real hub on loopback, beside the feed it tells of."""

import hmac
from urllib.parse import parse_qsl

from support.http_server import Reply


class Hub:
    """Lives at /hub of a test's server; asks and pushes through `ask` and `push`."""

    def __init__(self, server):
        self.server = server
        self.status = 202
        self.requests = []
        server["/hub"] = self._answer

    def _answer(self, asked):
        self.requests.append(dict(parse_qsl(asked.body.decode())))
        return Reply(b"", self.status)

    @property
    def last(self):
        return self.requests[-1]

    @property
    def path(self):
        """The path of the callback that was named last."""
        return "/websub/" + self.last["hub.callback"].rpartition("/")[2]

    def query(self, challenge="c0ffee", **changes):
        """What the hub asks when it verifies."""
        asked = {
            "hub.mode": self.last["hub.mode"],
            "hub.topic": self.last["hub.topic"],
            "hub.challenge": challenge,
            "hub.lease_seconds": "864000",
        }
        return {**asked, **{f"hub.{key}": value for key, value in changes.items()}}

    def signature(self, body, method="sha256", secret=None):
        key = (secret or self.last["hub.secret"]).encode()
        return f"{method}={hmac.new(key, body, method).hexdigest()}"
