"""What a first look at a source's stories tells: ids, dates, text, pictures, a hub."""

import statistics
from collections.abc import Iterator

from dispatch.model import Collected, Harvest, SourceSettings
from dispatch.text import html as markup

TEASER = 90  # words in the middle; whole stories have several times as many
FEW = 5  # stories to judge by


def remarks(
    harvest: Harvest, again: Harvest | None, source: SourceSettings
) -> tuple[str, ...]:
    """Return what is worth knowing, in sentences. `again` is a second reading."""
    if not harvest.found:
        return tuple(filter(None, [harvest.remark, _waiting(harvest)]))
    said = [
        harvest.remark,
        _waiting(harvest),
        *(_ids(harvest, again) if source.kind == "feed" else ()),
        _dates(harvest),
        _text(harvest, source),
        _pictures(harvest),
        _bylines(harvest),
        _hub(harvest) if source.kind == "feed" else "",
    ]
    return tuple(filter(None, said))


def words(one: Collected) -> int:
    """Return how many words a story has."""
    return len(markup.to_text(one.content.html).split())


def teasers(harvest: Harvest) -> bool:
    """Whether the stories look cut short."""
    counts = [words(one) for one in harvest.found]
    return len(counts) >= FEW and statistics.median(counts) < TEASER


def _waiting(harvest: Harvest) -> str:
    if not harvest.waiting:
        return ""
    files = "1 file was" if harvest.waiting == 1 else f"{harvest.waiting} files were"
    return f"{files} written moments ago and would wait until settled."


def _ids(harvest: Harvest, again: Harvest | None) -> Iterator[str]:
    total = len(harvest.found)
    without = sum(not one.guid for one in harvest.found)
    if without:
        yield f"Ids: {without} of {total} stories have none; addresses serve instead."
    first = {one.locator for one in harvest.found}
    if again is not None and again.found:
        changed = len(first - {one.locator for one in again.found})
        if changed:
            yield (
                f"Ids: {changed} of {total} were others a moment later. Stories are "
                "recognised by their addresses and their text."
            )
        elif not without:
            yield "Ids: every story has one, the same a moment later."


def _dates(harvest: Harvest) -> str:
    total = len(harvest.found)
    dated = sum(one.published_at is not None for one in harvest.found)
    held = sum(one.embargo_until is not None for one in harvest.found)
    said = "every story has one" if dated == total else f"{dated} of {total} have one"
    are = "is" if held == 1 else "are"
    ahead = f"; {held} {are} still to come and would be held" if held else ""
    lacking = "" if dated == total else "; the others get the time of the first visit"
    return f"Dates: {said}{lacking}{ahead}."


def _text(harvest: Harvest, source: SourceSettings) -> str:
    middle = round(statistics.median(words(one) for one in harvest.found))
    if not teasers(harvest):
        return f"Text: {middle} words in the middle."
    said = f"Text: {middle} words in the middle, so these look like teasers."
    if source.kind == "feed" and source.full_text == "never":
        said += ' full_text = "teasers" fetches the pages.'
    return said


def _pictures(harvest: Harvest) -> str:
    total = len(harvest.found)
    have = sum(one.content.image is not None for one in harvest.found)
    return f"Pictures: {have} of {total} stories."


def _bylines(harvest: Harvest) -> str:
    total = len(harvest.found)
    have = sum(bool(one.content.bylines) for one in harvest.found)
    return f"Bylines: {have} of {total} stories."


def _hub(harvest: Harvest) -> str:
    if harvest.outlook.hub:
        return "Hub: it has one (WebSub): stories can come in within seconds."
    return "Hub: none, so it is asked from time to time."
