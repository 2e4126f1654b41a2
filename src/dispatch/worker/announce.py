"""What `dispatch run` says when it serves: where to look, and what is there."""

from datetime import datetime
from zoneinfo import ZoneInfo

from dispatch.app import App
from dispatch.compose import due
from dispatch.model import Issue, Tally
from dispatch.store import articles, feeds, issues, subscribers, tallies
from dispatch.text import plain


def report(app: App, *, program: str = "dispatch") -> list[str]:
    """Return the lines of the report; the last one says how to stop.

    `program` is what to type for another command of ours.
    """
    site, links = app.settings.site, app.links
    with app.store.read() as tx:
        count = articles.count(tx)
        headlines = len(articles.needing_headline(tx))
        readers = sum(
            subscribers.active_count(tx, one.name) for one in app.settings.newsletter
        )
        files = sum(1 for file in feeds.files(tx) if file.sha256)
        newest = next(iter(issues.recent(tx, 1)), None)
        books = tallies.of_issue(tx, newest.id) if newest else Tally()
    have = ", ".join(
        (
            plain.count(count, "story", "stories"),
            plain.count(files, "feed file", "feed files"),
            plain.count(readers, "active subscription", "active subscriptions"),
        )
    )
    return [
        "",
        f"  {site.title} is being served.",
        "",
        f"    {'what there is':<16}{have}",
        *_headlines(headlines, program),
        f"    {'site':<16}{links.home()}",
        f"    {'feeds':<16}{links.feeds()}",
        *_issue(app, newest, books),
        *_inbox(app),
        *_next_slot(app),
        *_try_it(app, program),
        "",
        "  Ctrl-C stops it.",
    ]


def _headlines(count: int, program: str) -> list[str]:
    if not count:
        return []
    what = "1 story needs" if count == 1 else f"{count} stories need"
    see = f"see `{program} article list`"
    return [f"    {'to mend':<16}{what} a headline; one was made from the lede ({see})"]


def _issue(app: App, newest: Issue | None, books: Tally) -> list[str]:
    if newest is None:
        return [f"    {'issues':<16}none yet"]
    fate = f"{newest.state}, {books.accepted} of {books.planned} accepted"
    return [
        f"    {'newest issue':<16}{app.links.issue(newest.id)}",
        f"    {'':<16}“{newest.subject}” ({fate})",
    ]


def _inbox(app: App) -> list[str]:
    if app.settings.site.live:
        places = ", ".join(one.relay.where for one in app.channels)
        return [f"    {'mail goes to':<16}{places}"]
    inbox = f"http://{app.settings.sandbox.listen}/"
    return [f"    {'inbox':<16}{inbox} (not live: every mail stays on this machine)"]


def _next_slot(app: App) -> list[str]:
    now = app.clock.now()
    slots = [
        (due.next_slot(one.schedule, one.timezone, now), one.title or one.name)
        for one in app.settings.newsletter
    ]
    if not slots:
        return []
    moment, title = min(slots)
    return [f"    {'next issue':<16}{_local(app, moment)}, {title}"]


def _local(app: App, moment: datetime) -> str:
    zone = app.settings.site.timezone
    return f"{moment.astimezone(ZoneInfo(zone)):%A %d %B %H:%M} ({zone})"


def _try_it(app: App, program: str) -> list[str]:
    """Say what to do next, while nothing can go out by accident."""
    folders = [one.path for one in app.settings.source if one.path is not None]
    if app.settings.site.live or not folders or not app.settings.newsletter:
        return []
    letter = app.settings.newsletter[0].name
    drop = f"put a story.txt into {folders[0].name}/"
    return [
        f"    {'try it':<16}{drop}: within half a minute it is in the feeds; then",
        f"    {'':<16}`{program} compose {letter} --now --send` mails it",
    ]
