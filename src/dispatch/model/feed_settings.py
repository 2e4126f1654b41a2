"""What config.toml says of the feeds that are published, as values."""

from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import ClassVar, Literal

from dispatch.model.content import Selection, section_key
from dispatch.model.feed import FeedFamily
from dispatch.model.strict import STRICT, Strict


@dataclass(frozen=True, slots=True)
class FeedsSettings:
    """[feeds]: the folder that feeds are written to, and what holds for all of them.

    `families` are the kinds that every section, author or tag gets a feed of its own
    of. `hubs` are the WebSub hubs that tell readers' programs of news at once.
    `archives`: keep every story in reach, by closed monthly documents (RFC 5005).
    """

    __pydantic_config__: ClassVar[Strict] = STRICT
    directory: Path = Path("feeds")
    families: tuple[FeedFamily, ...] = ()
    hubs: tuple[str, ...] = ()
    archives: bool = True


@dataclass(frozen=True, slots=True)
class FeedSettings:
    """One [[feed]]: NAME.rss, NAME.atom and NAME.json."""

    __pydantic_config__: ClassVar[Strict] = STRICT
    name: str
    title: str = ""
    description: str = ""
    sections: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    limit: int = 50
    window: timedelta = timedelta(days=14)  # before the newest story
    ids: Literal["tag", "source"] = "tag"
    content: Literal["full", "summary"] = "full"
    formerly: tuple[str, ...] = ()  # names it had, whose addresses lead here
    podcast_category: str = ""  # "News" or "News > Politics"; makes it a podcast
    podcast_image: str = ""  # its square cover; empty: the site's logo
    podcast_explicit: bool = False
    podcast_guid: str = ""  # that it has elsewhere already; empty: one of our own
    podcast_locked: bool = False  # no other host is to take it over unasked

    def __post_init__(self) -> None:
        """Write the sections as articles have them."""
        object.__setattr__(self, "sections", tuple(map(section_key, self.sections)))

    @property
    def selection(self) -> Selection:
        """What this feed carries."""
        return Selection(
            self.sections, self.tags, self.authors, self.sources, self.languages
        )
