"""Which entries the issue of a slot covers: what is new, or what a few have not had."""

from dataclasses import dataclass
from datetime import datetime

from dispatch.compose import cadence, edits as editors
from dispatch.compose.edits import Edited
from dispatch.model import NewsletterSettings, NewsletterState
from dispatch.store import Store, Tx, entries, marks, newsletters


@dataclass(frozen=True, slots=True)
class Extent:
    """Entries with start < position <= end, and how many stories of them are shown.

    `again` says that all others had them: the issue is for those who have mail rarely.
    """

    start: int
    end: int
    stories: int
    again: bool = False


def of_slot(
    tx: Tx,
    newsletter: NewsletterSettings,
    state: NewsletterState,
    slot: datetime,
    wanted: Edited,
    *,
    least: int,
    oldest: int | None,
) -> Extent:
    """Return what a slot's issue covers; `stories` may be too few.

    Where less than `least` is new, but readers are due who have read up to `oldest`
    alone, it is what came after that and was in an issue.
    """
    end = entries.last_position(tx, newsletter.name)
    found = entries.stories(tx, newsletter.name, state.mark, end, by=slot)
    new = Extent(state.mark, end, len(editors.apply(found, wanted)))
    if new.stories >= least or oldest is None or oldest >= state.mark:
        return new
    had = entries.stories(tx, newsletter.name, oldest, state.mark, by=slot)
    again = Extent(oldest, state.mark, len(had), again=True)
    return again if again.stories >= least else new


def oldest_mark(
    store: Store, newsletter: NewsletterSettings, slot: datetime
) -> int | None:
    """Return how far those have read who are due and have not had all there was."""
    with store.read() as tx:
        state = newsletters.state(tx, newsletter.name)
        if state is None:
            return None
        begun = cadence.begun(slot, newsletter.timezone)
        return marks.behind(tx, newsletter.name, state.mark, begun)
