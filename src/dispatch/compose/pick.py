"""What an issue shows to one choice, and in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch.model import Article, Choice, HeadlineSource, Show
from dispatch.text import languages

LONG_READ = 1500  # characters of HTML: a story, no brief


@dataclass(frozen=True, slots=True)
class Group:
    """The stories of one section; `section` is empty for those of none.

    `show` says how much of each is shown.
    """

    section: str
    articles: tuple[Article, ...]
    show: Show = "excerpt"


@dataclass(frozen=True, slots=True)
class Pick:
    """The lead story, the others by section, and how many there was no room for.

    `also` are those of which only the headline is shown, after all others.
    """

    lead: Article
    groups: tuple[Group, ...] = ()
    more: int = 0
    also: tuple[Article, ...] = ()
    lead_show: Show = "excerpt"

    @property
    def articles(self) -> tuple[Article, ...]:
        """All stories in the order in which they are shown."""
        grouped = (one for group in self.groups for one in group.articles)
        return (self.lead, *grouped, *self.also)

    @property
    def shows(self) -> tuple[Show, ...]:
        """How much of each is shown, in the order of `articles`."""
        grouped = (group.show for group in self.groups for _one in group.articles)
        also: list[Show] = ["headline" for _one in self.also]
        return (self.lead_show, *grouped, *also)


def pick(
    articles: Sequence[Article],
    choice: Choice,
    *,
    sections: Sequence[str] = (),
    limit: int,
    first: Sequence[int] = (),
    language: str = "en",
) -> Pick | None:
    """Choose and order at most `limit` stories; None when the choice leaves none.

    The newest stay when there are too many. Sections come in the order of `sections`,
    others by their newest story; within one, the newest comes first. The stories
    that `first` names come before all that: its first one leads, and always stay.
    `language` is that of stories which name none.
    """
    wanted = [one for one in articles if asked_for(one, choice, language)]
    if not wanted:
        return None
    newest = _in_order(wanted, first)[: max(limit, 1)]
    lead = newest[0] if newest[0].id in first else max(newest, key=_prominence)
    rest = [one for one in newest if one is not lead]
    early = [one.content.section for one in rest if one.id in first]
    ordered = [*dict.fromkeys([*early, *sections])]
    return Pick(lead, tuple(_groups(rest, ordered)), len(wanted) - len(newest))


def generated(article: Article) -> bool:
    """Whether the headline was made by a rule, and no person wrote it."""
    return article.content.headline_source is HeadlineSource.GENERATED


def asked_for(article: Article, choice: Choice, language: str) -> bool:
    """Whether a story is about what a reader wants, in a language they want."""
    content = article.content
    if choice.topics and content.section not in choice.topics:
        return False
    spoken = languages.base(content.language or language)
    return not choice.languages or spoken in choice.languages


def _in_order(wanted: Iterable[Article], first: Sequence[int]) -> list[Article]:
    """Return the stories that editors put first, then the others, newest first."""
    rank = {number: place for place, number in enumerate(first)}
    by_age = sorted(wanted, key=_age, reverse=True)
    return sorted(by_age, key=lambda one: rank.get(one.id, len(rank)))


def _age(article: Article) -> tuple[object, ...]:
    return article.published_at, article.id


def _prominence(article: Article) -> tuple[object, ...]:
    """Rank for the lead: a real headline, a picture, some length, then the newest."""
    content = article.content
    image = content.image  # may be a credit whose picture never came
    has_image = image is not None and bool(image.url or image.media)
    is_long = len(content.html) >= LONG_READ
    return not generated(article), has_image, is_long, *_age(article)


def _groups(newest: Iterable[Article], sections: Sequence[str]) -> Iterable[Group]:
    by_section: dict[str, list[Article]] = {name: [] for name in sections}
    for one in newest:
        by_section.setdefault(one.content.section, []).append(one)
    without = by_section.pop("", [])
    for name, articles in by_section.items():
        if articles:
            yield Group(name, tuple(articles))
    if without:
        yield Group("", tuple(without))
