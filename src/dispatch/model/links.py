"""Every public address Dispatch answers under, in one place.

Mails, feeds and pages all take their links from here, so that a page moves in
one line. Paths are part of the outside contract (design, section 6).
"""

from dataclasses import dataclass

from dispatch.model.content import Article, Image

EXTENSIONS = {
    "image/jpeg": "jpg",
    "image/png": "png",
    "image/gif": "gif",
    "image/webp": "webp",
}
# Pictures of ours inside a story's HTML; a host that cannot exist (RFC 2606).
MEDIA_HOST = "https://media.invalid/"


@dataclass(frozen=True, slots=True)
class Links:
    """Absolute addresses under `site_url` (no trailing slash)."""

    site_url: str

    def home(self) -> str:
        """The home page."""
        return f"{self.site_url}/"

    def feeds(self) -> str:
        """The page that lists all feeds."""
        return f"{self.site_url}/feeds/"

    def feed(self, name: str, extension: str) -> str:
        """One feed file; `extension` is rss, atom or json."""
        return f"{self.site_url}/feeds/{name}.{extension}"

    def feed_page(self, name: str) -> str:
        """The page of one feed: its twin for people."""
        return f"{self.site_url}/feeds/{name}/"

    def private_feed(self, token: str, extension: str) -> str:
        """A reader's own feed; whoever has the address can read it."""
        return f"{self.site_url}/private/{token}.{extension}"

    def private_feeds(self, token: str) -> str:
        """The page of a reader's own feeds; the token is that of the preferences."""
        return f"{self.site_url}/preferences/{token}/feeds"

    def opml(self) -> str:
        """The list of all feeds for readers that import OPML."""
        return f"{self.site_url}/feeds/index.opml"

    def archive(self) -> str:
        """The list of past issues."""
        return f"{self.site_url}/archive/"

    def issue(self, issue: str) -> str:
        """The archive page of one issue."""
        return f"{self.site_url}/archive/{issue}"

    def article_page(self, article: int) -> str:
        """Dispatch's own page of an article; stable, hence without its headline."""
        return f"{self.site_url}/archive/articles/{article}"

    def article(self, article: Article) -> str:
        """Where a reader reads it: its own page elsewhere, or ours."""
        return article.content.url or self.article_page(article.id)

    def image(self, image: Image) -> str:
        """The picture's absolute address."""
        if image.media:
            extension = EXTENSIONS.get(image.media_type, "bin")
            return f"{self.site_url}/media/{image.media}.{extension}"
        return image.url

    def body(self, html: str) -> str:
        """Return a story's HTML with the addresses of its pictures."""
        return html.replace(f'src="{MEDIA_HOST}', f'src="{self.site_url}/media/')

    def subscribe(self) -> str:
        """The sign-up form and the address it posts to."""
        return f"{self.site_url}/subscribe"

    def confirm(self, token: str) -> str:
        """The page with the button that confirms a subscription."""
        return f"{self.site_url}/confirm/{token}"

    def unsubscribe(self, token: str) -> str:
        """RFC 8058: GET shows a page, POST unsubscribes."""
        return f"{self.site_url}/unsubscribe/{token}"

    def proof(self, token: str) -> str:
        """An editor's page of one issue: GET shows, POST acts."""
        return f"{self.site_url}/proof/{token}"

    def preferences(self, token: str) -> str:
        """Topics, format, pause."""
        return f"{self.site_url}/preferences/{token}"

    def hook(self, provider: str, secret: str) -> str:
        """Where a mail provider posts what came back. The address is a secret."""
        return f"{self.site_url}/hooks/{provider}/{secret}"
