"""Judge an issue by the newsletter's own past before it may leave."""

from datetime import timedelta

from dispatch.compose import edits as editors, flood
from dispatch.compose.flood import Past, Window
from dispatch.model import Arrival, Article, Issue, NewsletterSettings
from dispatch.store import Store, Tx, arrivals, edits, entries, newsletters

COMMANDS = (
    "dispatch issue approve {id}; or leave stories out: dispatch issue edit {id} "
    "--drop-source NAME"
)


def doubt(store: Store, newsletter: NewsletterSettings, issue: Issue) -> str:
    """Return in a sentence why an issue should not leave unseen; mostly nothing."""
    if newsletter.flood != "hold":
        return ""
    with store.read() as tx:
        found = _judge(tx, newsletter, issue)
    if not found:
        return ""
    return "; ".join(found) + flood.REMEDY + COMMANDS.format(id=issue.id)


def _judge(tx: Tx, newsletter: NewsletterSettings, issue: Issue) -> tuple[str, ...]:
    state = newsletters.state(tx, newsletter.name)
    if state is None:
        return ()
    covered = arrivals.covered_to(tx, issue)
    window = Window(covered or state.first_seen_at, issue.slot)
    # What was in an issue before is no news, though some readers have yet to get it.
    new_from = max(issue.from_position, state.mark)
    places = entries.stories(
        tx, issue.newsletter, new_from, issue.to_position, by=issue.slot
    )
    wanted = editors.fold(edits.of_issue(tx, issue.id))
    stories = [_arrival(one) for one in editors.apply(places, wanted)]
    before = arrivals.before(tx, newsletter.name, new_from, since=flood.reach(window))
    return flood.judge(
        stories,
        Past(before, state.first_seen_at),
        window,
        timezone=newsletter.timezone,
        old=newsletter.lookback if covered is None else timedelta(0),
        start=2 * newsletter.max_articles,
    )


def _arrival(one: Article) -> Arrival:
    return Arrival(one.source, one.first_seen_at, one.published_at)
