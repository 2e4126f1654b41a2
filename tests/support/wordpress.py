"""A small WordPress: its REST API, its feed and its front page, over a real server.

Times are kept as WordPress keeps them: `post_modified` in the site's own zone, by
which `modified_after` compares; a moment without an offset is taken for site time.
"""

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from urllib.parse import parse_qs, urlsplit
from zoneinfo import ZoneInfo

from support.http_server import Reply

INDEX = {"namespaces": ["oembed/1.0", "wp/v2"], "description": "News of Larkfield"}


@dataclass
class Site:
    """`install` it on a server. Posts are `publish`ed, `edit`ed, `trash`ed."""

    server: object
    clock: object
    zone: str = "America/New_York"
    name: str = "The Larkfield Courier"
    language: str = "en-US"
    posts: dict = field(default_factory=dict)
    blocked: int = 0  # a security plug-in: what every REST request gets
    blocks_with: bytes = b'{"code":"rest_login_required","data":{"status":401}}'
    filters: bool = True  # False: older than 5.7, without modified_after
    head: str = ""  # more of the front page's head
    announced: bool = True
    theme: str = ""
    most: int = 100  # per_page
    terms: dict = field(default_factory=dict)  # number: (taxonomy, name)
    after_ask: object = None  # called after each list, to edit while we read

    def install(self):
        self.server["/"] = self._front
        self.server["/feed/"] = self._feed
        for route in ("/wp-json/", "/wp-json/wp/v2/posts", "/wp-json/wp/v2/categories"):
            self.server.replies[route] = None
        self.server.replies = _Routes(self.server.replies, self)
        return self

    @property
    def url(self):
        return self.server.url("/")

    def publish(self, number, title="A story", text="Some text.", **more):
        now = self.clock.now()
        self.posts[number] = {
            "id": number,
            "title": title,
            "html": f"<p>{text}</p>",
            "published": now,
            "modified": now,
            "status": "publish",
            **more,
        }
        return self.posts[number]

    def edit(self, number, **changes):
        self.posts[number].update(modified=self.clock.now(), **changes)

    def trash(self, number):
        self.edit(number, status="trash")

    def delete(self, number):
        del self.posts[number]

    # What is asked.

    def answer(self, asked):
        parts = urlsplit(asked.path)
        query = {name: one[0] for name, one in parse_qs(parts.query).items()}
        route = query.pop("rest_route", "") or parts.path.partition("/wp-json")[2]
        if self.blocked:
            return Reply(self.blocks_with, self.blocked)
        if route == "/":
            return _json(self._about())
        kind, _, number = route.removeprefix("/wp/v2/").partition("/")
        if kind == "categories":
            return _json(self._categories())
        if kind != "posts":
            return _json({"code": "rest_no_route"}, 404)
        return self._one(int(number)) if number else self._list(query)

    def _about(self):
        home = self.server.url("").rstrip("/")
        here = {"name": escape(self.name), "url": home, "home": home}
        return {**INDEX, **here, "timezone_string": self.zone, "gmt_offset": -5}

    def _categories(self):
        public = [p for p in self.posts.values() if p["status"] == "publish"]
        counts = {
            n: sum(n in p.get("terms", ()) for p in public)
            for n, (kind, _) in self.terms.items()
            if kind == "category"
        }
        rows = [
            {"id": n, "name": escape(self.terms[n][1]), "count": count, "parent": 0}
            for n, count in counts.items()
        ]
        return sorted(rows, key=lambda one: -one["count"])

    def _one(self, number):
        post = self.posts.get(number)
        if post is None:
            return _json({"code": "rest_post_invalid_id", "data": {"status": 404}}, 404)
        if post["status"] != "publish":
            return _json({"code": "rest_forbidden", "data": {"status": 401}}, 401)
        return _json(self._shown(post))

    def _list(self, query):
        found = [p for p in self.posts.values() if p["status"] == "publish"]
        if query.get("include"):
            wanted = set(map(int, query["include"].split(",")))
            found = [post for post in found if post["id"] in wanted]
        if "modified_after" in query and self.filters:
            since = self._site_time(query["modified_after"])
            found = [p for p in found if self._local(p["modified"]) > since]
        by = "modified" if query.get("orderby") == "modified" else "published"
        found.sort(
            key=lambda post: (self._local(post[by]), post["id"]),
            reverse=query.get("order", "desc") == "desc",
        )
        size = min(int(query.get("per_page", 10)), self.most)
        page = int(query.get("page", 1))
        pages = -(-len(found) // size)
        if page > pages and found:
            return _json({"code": "rest_post_invalid_page_number"}, 400)
        shown = [self._shown(one) for one in found[(page - 1) * size : page * size]]
        if self.after_ask is not None:
            self.after_ask()
        return _json(shown, headers={"X-WP-TotalPages": str(pages)})

    def _site_time(self, text):
        """WordPress turns an offset into site time; without one it is site time."""
        moment = datetime.fromisoformat(text)
        return self._local(moment) if moment.tzinfo else text

    def _local(self, moment):
        return f"{moment.astimezone(ZoneInfo(self.zone)):%Y-%m-%dT%H:%M:%S}"

    def link(self, post):
        return self.server.url(f"/2026/{post.get('slug', post['id'])}/")

    def guid(self, post):
        return post.get("guid", self.server.url(f"/?p={post['id']}"))

    def _shown(self, post):
        terms = [(n, *self.terms[n]) for n in post.get("terms", ())]
        groups = [
            [
                {"id": n, "name": escape(name), "taxonomy": kind}
                for n, kind, name in terms
                if kind == taxonomy
            ]
            for taxonomy in ("category", "post_tag")
        ]
        embedded = {"wp:term": groups}
        if "author" in post:
            embedded["author"] = [{"id": 1, "name": post["author"]}]
        if "media" in post:
            embedded["wp:featuredmedia"] = [post["media"]]
        gmt = {
            "date_gmt": f"{post['published'].astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
            "modified_gmt": f"{post['modified'].astimezone(UTC):%Y-%m-%dT%H:%M:%S}",
        }
        return {
            "id": post["id"],
            "date": self._local(post["published"]),
            "modified": self._local(post["modified"]),
            **gmt,
            "guid": {"rendered": self.guid(post)},
            "link": self.link(post),
            "status": "publish",
            "title": {"rendered": escape(post["title"])},
            "excerpt": {"rendered": post.get("excerpt", ""), "protected": False},
            "content": {
                "rendered": "" if post.get("protected") else post["html"],
                "protected": bool(post.get("protected")),
            },
            "categories": [n for n, kind, _ in terms if kind == "category"],
            "_embedded": embedded,
            **post.get("raw", {}),
        }

    def _front(self, _asked=None):
        api = self.server.url("/wp-json/")
        link = f'<link rel="https://api.w.org/" href="{api}">' if self.announced else ""
        feed = self.server.url("/feed/")
        page = f"""<!doctype html><html lang="{self.language}"><head>
<title>{escape(self.name)} – News of Larkfield</title>{link}{self.head}
<link rel="alternate" type="application/rss+xml" title="Feed" href="{feed}">
</head><body><h1>{escape(self.name)}</h1>{self.theme}</body></html>"""
        headers = {"Content-Type": "text/html; charset=utf-8"}
        if self.announced:
            headers["Link"] = f'<{api}>; rel="https://api.w.org/"'
        return Reply(page.encode(), headers=headers)

    def _feed(self, _asked=None):
        public = [p for p in self.posts.values() if p["status"] == "publish"]
        public.sort(key=lambda post: post["published"], reverse=True)
        items = "".join(self._item(one) for one in public[:10])
        text = (
            '<?xml version="1.0" encoding="UTF-8"?><rss version="2.0" '
            'xmlns:content="http://purl.org/rss/1.0/modules/content/" '
            'xmlns:dc="http://purl.org/dc/elements/1.1/"><channel>'
            f"<title>{escape(self.name)}</title><link>{self.server.url('/')}</link>"
            f"<language>{self.language}</language>{items}</channel></rss>"
        )
        return Reply(text.encode(), headers={"Content-Type": "application/rss+xml"})

    def _item(self, post):
        names = (self.terms[n][1] for n in post.get("terms", ()))
        categories = "".join(
            f"<category><![CDATA[{name}]]></category>" for name in names
        )
        return (
            f"<item><title>{escape(post['title'])}</title>"
            f"<link>{self.link(post)}</link>"
            f"<dc:creator>{escape(post.get('author', 'admin'))}</dc:creator>"
            f"<pubDate>{post['published']:%a, %d %b %Y %H:%M:%S +0000}</pubDate>"
            f'{categories}<guid isPermaLink="false">{escape(self.guid(post))}</guid>'
            f"<content:encoded><![CDATA[{post['html']}]]></content:encoded></item>"
        )


class _Routes(dict):
    """The server's table of answers, with WordPress's routes whatever their query."""

    def __init__(self, replies, site):
        super().__init__(replies)
        self._site = site

    def get(self, path, default=None):
        route = path.partition("?")[0]
        if route.startswith("/wp-json") or "rest_route=" in path:
            return self._site.answer
        return super().get(path, default)


def _json(value, status=200, headers=None):
    kind = {"Content-Type": "application/json; charset=UTF-8"}
    return Reply(json.dumps(value).encode(), status, {**kind, **(headers or {})})
