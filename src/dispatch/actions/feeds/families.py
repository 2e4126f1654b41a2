"""Which feeds there are: those of config.toml, and the families it asks for."""

from collections.abc import Iterator

from dispatch.model import Article, FeedFamily, FeedSettings, Settings
from dispatch.model.content import label_key
from dispatch.publish import families
from dispatch.store import Tx, labels, sections

MOST = 2000  # feeds of one family: three files each, and their packed forms


def find(tx: Tx, settings: Settings) -> tuple[FeedSettings, ...]:
    """Return the feed of every section, author and tag that the config wants one for.

    Without titles, and some perhaps without a story that readers may see yet.
    """
    return tuple(
        families.feed(kind, key)
        for kind in settings.feeds.families
        for key in _keys(tx, kind)
    )


def of(article: Article, settings: Settings) -> Iterator[str]:
    """Yield the names of the families' feeds that an article belongs to."""
    content = article.content
    words: dict[FeedFamily, tuple[str, ...]] = {
        "section": (content.section,),
        "author": tuple(map(label_key, content.bylines)),
        "tag": tuple(map(label_key, content.tags)),
    }
    for kind in settings.feeds.families:
        for key in dict.fromkeys(filter(None, words[kind])):
            yield families.feed(kind, key).name


def _keys(tx: Tx, kind: FeedFamily) -> tuple[str, ...]:
    if kind == "section":
        return sections.known(tx)
    return labels.keys(tx, kind, MOST)
