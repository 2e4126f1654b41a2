"""What an issue has for each choice, and for how many readers, in lines."""

from collections.abc import Mapping, Sequence

from dispatch.model import Choice, Issue, Variant
from dispatch.text import plain


def lines(
    issue: Issue, variants: Sequence[Variant], readers: Mapping[str, int]
) -> list[str]:
    """Say it of every variant; `readers` are counted by message, once planned."""
    return [_line(issue, one, readers.get(one.body, 0)) for one in variants]


def to_json(
    variants: Sequence[Variant], readers: Mapping[str, int]
) -> list[dict[str, object]]:
    """Say it to a machine."""
    return [
        {
            "revision": one.revision,
            "format": one.choice.format,
            "topics": list(one.choice.topics),
            "languages": list(one.choice.languages),
            "from_position": one.choice.from_position,
            "without": list(one.choice.without),
            "stories": len(one.articles),
            "more": one.more,
            "readers": readers.get(one.body, 0),
        }
        for one in variants
    ]


def _line(issue: Issue, one: Variant, readers: int) -> str:
    stories = plain.count(len(one.articles), "story", "stories")
    more = f" and {one.more} on the web" if one.more else ""
    told = "; " + plain.count(readers, "reader") if issue.planned is not None else ""
    asked = _asked(issue, one.choice)
    said = f"Revision {one.revision}, {asked}: {stories}{more}{told}."
    return f"{said} {one.left_out}".rstrip()


def _asked(issue: Issue, choice: Choice) -> str:
    """Say what these readers chose, and what they have had."""
    topics = ", ".join(choice.topics) or "all topics"
    parts = [choice.format.value, topics]
    if choice.languages:
        parts.append(f"in {', '.join(choice.languages)}")
    if choice.from_position < issue.from_position:
        parts.append("with what earlier issues had")
    if choice.from_position > issue.from_position:
        parts.append("without what they had already")
    if choice.without:
        count = plain.count(len(choice.without), "story", "stories")
        parts.append(f"without {count} that another newsletter gave them")
    return ", ".join(parts)
