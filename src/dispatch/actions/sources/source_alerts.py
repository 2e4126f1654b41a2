"""What about sources needs a human: broken, held, gone for good, in doubt."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from dispatch.model import Alert, Settings, SourceState
from dispatch.store import Tx, hosts, questions, sources

PATIENCE = 3  # failed visits in a row before a source is worth a mail,
LASTING = timedelta(minutes=10)  # and for so long: a folder is visited twice a minute


def find(tx: Tx, settings: Settings, *, now: datetime) -> list[Alert]:
    """Return what is wrong with configured sources, and how many questions wait."""
    configured = {source.name for source in settings.source}
    states = [one for one in sources.states(tx) if one.name in configured]
    found = [alert for state in states for alert in _source(state, now)]
    return [*_network(tx, now), *found, *_questions(tx)]


def _network(tx: Tx, now: datetime) -> Iterator[Alert]:
    since = hosts.outage(tx)
    if since is not None and now - since >= LASTING:
        yield Alert(
            "network",
            f"Nothing could be reached since {since:%Y-%m-%d %H:%M} UTC: our own "
            "network or its name service seems to be down. It is tried again every "
            "few minutes and counted against no source.",
        )


def _source(state: SourceState, now: datetime) -> Iterator[Alert]:
    name = state.name
    if state.held_at:
        yield Alert(
            f"storm:{name}",
            f"The source {name} is held: {state.held_why} Take it in with `dispatch "
            f"source release {name}`, or mail nothing of it with `dispatch source "
            f"discard {name}`.",
        )
    if state.gone_at:
        yield Alert(
            f"gone:{name}",
            f"The source {name} says that it is gone for good (410), so it is not "
            "asked any more. Its stories stay. Mend its address in config.toml, or "
            "take it out.",
        )
    elif state.failures >= PATIENCE and now - (state.failing_since or now) >= LASTING:
        yield Alert(
            f"source:{name}",
            f"The source {name} could not be read at the last {state.failures} "
            f"visits: {state.error}",
        )


def _questions(tx: Tx) -> Iterator[Alert]:
    """One alert for all: an editor answers them in one sitting."""
    waiting = [one for one in questions.standing(tx) if one.kind != "storm"]
    if waiting:
        number = len(waiting)
        are = (
            "question about a story waits"
            if number == 1
            else ("questions about stories wait")
        )
        newest = max(one.id for one in waiting)
        yield Alert(
            f"questions:{newest}",
            f"{number:,} {are} for an editor. See `dispatch article questions`.",
        )
