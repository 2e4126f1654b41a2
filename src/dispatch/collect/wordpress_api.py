"""A site's WordPress REST API: where it is, what it says of the site, how to ask it.

A site that refuses (`RefusedError`) may still have a feed; one that does not answer at
all, or asks for patience, is a plain SourceError.
"""

from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, fields
from http import HTTPStatus
from urllib.parse import urlencode, urlsplit
from zoneinfo import ZoneInfo

from dispatch.collect import discover, loose_json
from dispatch.collect.loose_json import Object, Value
from dispatch.errors import SourceError
from dispatch.model import Fetch, Response
from dispatch.text import html as markup, plain, urls

ABOUT = "name,description,url,home,gmt_offset,timezone_string,namespaces"
ACCEPT = {"Accept": "application/json"}
PAGE = {"Accept": "text/html, application/xhtml+xml, */*;q=0.5"}
NO_SUCH_PAGE = "rest_post_invalid_page_number"
LONGEST = 200  # characters of a name


class RefusedError(SourceError):
    """The site has no REST API for us. The message is a phrase: "it answered 401"."""


@dataclass(frozen=True, slots=True)
class Site:
    """What is known of a site. `api` ends where a route such as wp/v2/posts begins."""

    api: str
    home: str  # ends in a slash
    name: str = ""
    zone: str = ""  # as zoneinfo knows it; empty when the site is silent
    language: str = ""
    tagline: str = ""

    def to_json(self) -> dict[str, str]:
        """Return it for a cursor."""
        return asdict(self)

    @classmethod
    def of_json(cls, value: Value) -> "Site | None":
        """Return what `to_json` gave, or None for anything else."""
        if not isinstance(value, dict):
            return None
        said = {one.name: loose_json.text(value, one.name) for one in fields(cls)}
        usable = urls.is_web(said["api"]) and urls.is_web(said["home"])
        return cls(**said) if usable else None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the API answered; `pages` is how many there are, 0 when it did not say.

    `size` is how many bytes it was.
    """

    value: Value
    status: int = HTTPStatus.OK
    pages: int = 0
    size: int = 0


def logged_in(fetch: Fetch, url: str) -> Fetch:
    """Return a fetch that brings the login in `url` to every address of its host."""
    given = urlsplit(url)
    if given.username is None:
        return fetch
    login = given.netloc.rpartition("@")[0]

    def fetch_with_login(url: str, *, headers: Mapping[str, str] = {}) -> Response:
        parts = urlsplit(url)
        safe = parts.scheme in {given.scheme, "https"}
        own = parts.hostname == given.hostname and parts.username is None
        if own and safe:
            url = parts._replace(netloc=f"{login}@{parts.netloc}").geturl()
        return fetch(url, headers=headers)

    return fetch_with_login


def discover_site(fetch: Fetch, url: str) -> Site:
    """Return the site at `url`: its front page, or the API itself.

    Raises RefusedError when nothing there answers as a WordPress does, SourceError
    when nothing answers.
    """
    page = fetch(url, headers=PAGE)
    html = _html(page)
    language = markup.page(html).language if html else ""
    for api, home in _candidates(page, html, url):
        about = _about(fetch, api)
        if about is not None:
            return site(about, api=api, home=home, language=language)
    named = discover.wordpress_api(html, page.headers, page.url)
    if named:
        return Site(_api(named), _slashed(page.url), language=language)
    raise RefusedError(_why_not(page))


def site(about: Object, *, api: str, home: str, language: str = "") -> Site:
    """Return what the index of the API says of its site."""
    said = loose_json.text(about, "home") or loose_json.text(about, "url")
    return Site(
        api=api,
        home=_slashed(said if urls.is_web(said) else home),
        name=_title(about, "name"),
        tagline=_title(about, "description"),
        zone=zone(about),
        language=plain.squash(language)[:35],
    )


def zone(about: Object) -> str:
    """Return the site's time zone; for a bare offset the Etc zone, or nothing."""
    named = loose_json.text(about, "timezone_string").strip()
    if named and is_zone(named):
        return named
    try:
        offset = float(loose_json.text(about, "gmt_offset") or "nan")
    except ValueError:
        return ""
    if offset == 0:
        return "UTC"
    whole = offset.is_integer() and is_zone(f"Etc/GMT{-int(offset):+d}")
    return f"Etc/GMT{-int(offset):+d}" if whole else ""


def is_zone(name: str) -> bool:
    """Whether `name` is a time zone that this machine knows."""
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        return False
    return True


def ask(fetch: Fetch, api: str, route: str, parameters: Mapping[str, object]) -> Answer:
    """Ask the API for a route.

    A page beyond the last is an empty list; any other 400, and what has no meaning
    to us, raises RefusedError. An answer about one thing (`route` ends in a number)
    is returned whatever its status, as long as it is JSON.
    """
    answer = fetch(address(api, route, parameters), headers=ACCEPT)
    shown = urls.shown(answer.url)
    if (
        answer.status == HTTPStatus.TOO_MANY_REQUESTS
        or answer.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    ):
        raise SourceError(f"{shown}: It answered {answer.status}. {_patience(answer)}")
    try:
        value = loose_json.parse(answer.body)
    except ValueError as error:
        raise RefusedError(_refusal(answer.status, str(error))) from error
    code = loose_json.text(value, "code")
    if answer.status == HTTPStatus.BAD_REQUEST and code == NO_SUCH_PAGE:
        return Answer([])
    one = route.rpartition("/")[2].isdigit()
    if answer.status != HTTPStatus.OK and not (one and code):
        raise RefusedError(_refusal(answer.status))
    pages = loose_json.number(dict(answer.headers), "x-wp-totalpages")
    return Answer(value, answer.status, pages, len(answer.body))


def address(api: str, route: str, parameters: Mapping[str, object]) -> str:
    """Return where to ask: below a path, or behind `?rest_route=`."""
    query = urlencode(parameters, safe=",:")
    return f"{api}{route}{'&' if '?' in api else '?'}{query}"


def _candidates(page: Response, html: str, url: str) -> Iterator[tuple[str, str]]:
    """Yield where the API may be, with the front page that belongs to it."""
    home = _slashed(page.url.partition("?")[0])
    named = discover.wordpress_api(html, page.headers, page.url)
    if named:
        yield _api(named), home
        return
    for sign in ("/wp-json", "/?rest_route=", "/index.php?rest_route="):
        before, found, _ = url.partition(sign)
        if found:
            yield _api(before + sign + "/"), before + "/"
            return
    yield f"{home}wp-json/", home
    yield f"{home}?rest_route=/", home


def _api(named: str) -> str:
    return named if named.endswith("/") else named + "/"


def _about(fetch: Fetch, api: str) -> Object | None:
    """Return the index of the API, or None where there is none to be had."""
    try:
        value = ask(fetch, api, "", {"_fields": ABOUT}).value
    except SourceError:
        return None
    spaces = loose_json.texts(value, "namespaces")
    return value if "wp/v2" in spaces else None


def _title(about: Object, key: str) -> str:
    return plain.excerpt(markup.unescape_title(loose_json.text(about, key)), LONGEST)


def _html(page: Response) -> str:
    if page.status != HTTPStatus.OK:
        return ""
    return page.body.decode("utf-8", errors="replace")


def _slashed(url: str) -> str:
    return url if url.endswith("/") else url + "/"


def _why_not(page: Response) -> str:
    if page.status != HTTPStatus.OK:
        return f"{urlsplit(page.url).hostname} answered {page.status}"
    return "nothing at this address says that it is WordPress"


def _refusal(status: int, got: str = "") -> str:
    if status == HTTPStatus.OK:
        return f"its REST API sent {got or 'something else'}"
    return f"its REST API answered {status}"


def _patience(answer: Response) -> str:
    if answer.status == HTTPStatus.TOO_MANY_REQUESTS:
        return "The site wants fewer visits: raise `every`."
    return "The site has a fault of its own; it is tried again."
