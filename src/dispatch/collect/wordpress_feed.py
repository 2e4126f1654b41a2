"""Read a WordPress site by its feed, while its REST API is closed to us."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from dispatch.collect import feed, identity, wordpress_post
from dispatch.collect.wordpress_memory import Memory
from dispatch.errors import SourceError
from dispatch.model import Collected, Errand, Harvest
from dispatch.text import urls

AGAIN = timedelta(days=1)  # a closed API is tried
PATIENCE = timedelta(days=2)  # then the feed's version of a known story counts
REST, FEED = "rest:", "feed:"  # what a stamp begins with: which of the two brought it


def is_its_turn(memory: Memory, now: datetime) -> bool:
    """Whether the API refused us less than a day ago, and is left alone."""
    return memory.tried_at is not None and memory.tried_at <= now < _again(memory)


def read(errand: Errand, memory: Memory) -> Harvest:
    """Read the site's feed in place of its API, and say so."""
    url = errand.source.url
    home = memory.site.home if memory.site else _home(url)
    place = urls.join(home, "feed/")
    source = replace(errand.source, url=place)
    instead = replace(errand, source=source, cursor="")
    try:
        harvest = feed.read(instead)
    except SourceError as error:
        raise SourceError(
            f"{urls.shown(url)}: {memory.why}. Its feed cannot be had either. {error}"
        ) from error
    closed = memory.closed_since or errand.now
    known = {} if errand.now - closed > PATIENCE else errand.known
    found = (_named(one, home, errand) for one in harvest.found)
    return replace(
        harvest,
        found=tuple(
            one for one in found if not known.get(one.locator, "").startswith(REST)
        ),
        cursor=memory.written(),
        remark=_remark(memory, place),
    )


def _home(url: str) -> str:
    """Return the front page that an address of a source belongs to."""
    for sign in ("/wp-json", "/?rest_route=", "/index.php?"):
        url = url.partition(sign)[0]
    return url if url.endswith("/") else url + "/"


def _named(one: Collected, home: str, errand: Errand) -> Collected:
    """Give an item of the feed the name and the section that the API gives it."""
    post = identity.post_alias(one.guid)
    number = post.value.rpartition("/")[2] if post else ""
    own = identity.post_alias(f"{home}?p={number}") if number else None
    section = errand.source.section or wordpress_post.section(one.content.tags)
    return replace(
        one,
        locator=wordpress_post.locator(int(number)) if number else one.locator,
        stamp=FEED + one.stamp,
        content=replace(one.content, section=section),
        aliases=identity.aliases(*one.aliases, own, post),
    )


def _remark(memory: Memory, place: str) -> str:
    return (
        f"Read by its feed {urls.shown(place)}, since {memory.why}: only its newest "
        "stories, often without picture, and none is taken back. The API is tried "
        f"again at {_again(memory):%Y-%m-%d %H:%M} UTC."
    )


def _again(memory: Memory) -> datetime:
    return (memory.tried_at or datetime.min.replace(tzinfo=UTC)) + AGAIN
