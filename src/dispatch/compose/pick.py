"""What an issue shows to one choice, and in which order."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from dispatch.model import Article, Choice, HeadlineSource, SectionSettings, Show
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


@dataclass(frozen=True, slots=True)
class Plan:
    """How an issue is laid out: its sections in order, and at most how many stories.

    `rules` come first, then `sections`, then others by their newest story. `first`
    are the numbers that editors put before all that; `language` is that of stories
    which name none.
    """

    limit: int
    sections: Sequence[str] = ()
    rules: Sequence[SectionSettings] = ()
    first: Sequence[int] = ()
    language: str = "en"

    def show(self, section: str) -> Show:
        """Return how much of a section's stories is shown."""
        found = (rule.show for rule in self.rules if rule.name == section)
        return next(found, "excerpt")


def pick(articles: Sequence[Article], choice: Choice, plan: Plan) -> Pick | None:
    """Choose and order stories for an issue; None when the choice leaves none.

    What exceeds a section's own limit is a headline in `also`; what exceeds the whole
    limit is counted alone, headlines first. The newest stay; within a section the
    newest comes first. What editors put first always stays, and its first one leads.
    """
    wanted = [one for one in articles if asked_for(one, choice, plan.language)]
    if not wanted:
        return None
    placed, beyond = _within(_in_order(wanted, plan.first), plan)
    most = max(plan.limit, 1)
    shown = placed[:most]
    also = beyond[: most - len(shown)]
    lead = _lead(shown, plan)
    rest = [one for one in shown if one is not lead]
    return Pick(
        lead,
        tuple(_groups(rest, plan)),
        more=len(wanted) - len(shown) - len(also),
        also=tuple(also),
        lead_show=plan.show(lead.content.section),
    )


def generated(article: Article) -> bool:
    """Whether the headline was made by a rule, and no person wrote it."""
    return article.content.headline_source is HeadlineSource.GENERATED


def asked_for(article: Article, choice: Choice, language: str) -> bool:
    """Whether a story is new to a reader, and of a topic and a language they want."""
    if article.id in choice.without:
        return False
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


def _within(
    ordered: Iterable[Article], plan: Plan
) -> tuple[list[Article], list[Article]]:
    """Part what its section has room for from the others; one story always has."""
    room = {rule.name: rule.limit for rule in plan.rules if rule.limit is not None}
    placed: list[Article] = []
    beyond: list[Article] = []
    for one in ordered:
        left = room.get(one.content.section)
        if left is None or left > 0 or one.id in plan.first:
            placed.append(one)
        else:
            beyond.append(one)
        if left is not None:
            room[one.content.section] = left - 1
    return (placed, beyond) if placed else (beyond[:1], beyond[1:])


def _lead(shown: Sequence[Article], plan: Plan) -> Article:
    """Return what editors want to lead, or the most prominent that has some text."""
    if shown[0].id in plan.first:
        return shown[0]
    told = [one for one in shown if plan.show(one.content.section) != "headline"]
    return max(told or shown, key=_prominence)


def _groups(rest: Iterable[Article], plan: Plan) -> Iterable[Group]:
    early = [one.content.section for one in rest if one.id in plan.first]
    ruled = [rule.name for rule in plan.rules]
    by_section: dict[str, list[Article]] = {
        name: [] for name in (*early, *ruled, *plan.sections)
    }
    for one in rest:
        by_section.setdefault(one.content.section, []).append(one)
    without = by_section.pop("", [])
    for name, articles in by_section.items():
        if articles:
            yield Group(name, tuple(articles), plan.show(name))
    if without:
        yield Group("", tuple(without))
