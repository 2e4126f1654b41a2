"""A small Ghost: its Content API over a real server. It wants the key `KEY`."""

import json
import re
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qs, urlsplit

from support.http_server import Reply

KEY = "0123456789abcdef0123456789"


@dataclass
class Site:
    server: object
    clock: object
    posts: dict = field(default_factory=dict)
    most: int = 100
    html: bytes = b""  # answer this instead

    def install(self):
        self.server.replies = _Routes(self.server.replies, self)
        return self

    @property
    def url(self):
        return self.server.url("/")

    def publish(self, number, title="A story", text="Some text.", **more):
        now = self.clock.now()
        self.posts[number] = {
            "id": f"{number:024x}",
            "title": title,
            "html": f"<p>{text}</p>",
            "url": self.server.url(f"/{number}/"),
            "visibility": "public",
            "access": True,
            "published_at": _stamp(now),
            "updated_at": _stamp(now),
            **more,
        }

    def edit(self, number, **changes):
        self.posts[number].update(updated_at=_stamp(self.clock.now()), **changes)

    def answer(self, asked):
        if self.html:
            return Reply(self.html)
        parts = urlsplit(asked.path)
        query = {name: one[0] for name, one in parse_qs(parts.query).items()}
        if query.get("key") != KEY:
            return _json({"errors": [{"message": "Unknown Content API Key"}]}, 401)
        name = parts.path.partition("/posts/")[2].strip("/")
        if name:
            found = [one for one in self.posts.values() if one["id"] == name]
            return _json({"posts": found}, 200 if found else 404)
        return self._list(query)

    def _list(self, query):
        found = list(self.posts.values())
        wanted = query.get("filter", "")
        if since := re.fullmatch(r"updated_at:>='(.+)'", wanted):
            moment = _stamp(datetime.fromisoformat(since[1] + "+00:00"))
            found = [one for one in found if one["updated_at"] >= moment]
        if ids := re.fullmatch(r"id:\[(.+)\]", wanted):
            found = [one for one in found if one["id"] in ids[1].split(",")]
        by, _, way = query.get("order", "published_at desc").partition(" ")
        found.sort(key=lambda one: (one[by], one["id"]), reverse=way == "desc")
        size, page = min(int(query["limit"]), self.most), int(query.get("page", 1))
        more = page + 1 if page * size < len(found) else None
        meta = {"pagination": {"page": page, "next": more, "total": len(found)}}
        shown = found[(page - 1) * size : page * size]
        return _json({"posts": shown, "meta": meta})


class _Routes(dict):
    def __init__(self, replies, site):
        super().__init__(replies)
        self._site = site

    def get(self, path, default=None):
        if path.startswith("/ghost/api/content/"):
            return self._site.answer
        return super().get(path, default)


def _stamp(moment):
    return f"{moment:%Y-%m-%dT%H:%M:%S}.000+00:00"


def _json(value, status=200):
    return Reply(json.dumps(value).encode(), status)
