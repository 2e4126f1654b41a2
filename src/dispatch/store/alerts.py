"""Alerts: what needs a human, told once and again only when it lasts."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select, update

from dispatch.model import Alert
from dispatch.store.schema import alert
from dispatch.store.transaction import Tx


def due(
    tx: Tx, alerts: Sequence[Alert], *, now: datetime, again: timedelta
) -> tuple[Alert, ...]:
    """Record `alerts` as all that is wrong now; return those to tell people.

    One is told when it is new, and again each `again` while it lasts. Alerts
    that are no longer among them are forgotten, so that they count as new next
    time.
    """
    keys = [one.key for one in alerts]
    tx.execute(delete(alert).where(alert.c.key.not_in(keys)))
    told = tx.execute(select(alert.c.key, alert.c.told_at)).all()
    last = {row.key: row.told_at for row in told}
    fresh = tuple(
        one
        for one in alerts
        if one.key not in last or last[one.key] is None or last[one.key] + again <= now
    )
    for one in alerts:
        _record(tx, one, now=now, known=one.key in last, telling=one in fresh)
    return fresh


def untold(tx: Tx, alerts: Sequence[Alert]) -> None:
    """Note that nobody could be told: `due` returns them again."""
    keys = [one.key for one in alerts]
    tx.execute(update(alert).where(alert.c.key.in_(keys)).values(told_at=None))


def _record(tx: Tx, one: Alert, *, now: datetime, known: bool, telling: bool) -> None:
    if not known:
        tx.execute(
            insert(alert).values(
                key=one.key, message=one.message, first_at=now, last_at=now, told_at=now
            )
        )
        return
    changes = {"message": one.message, "last_at": now, "count": alert.c.count + 1}
    if telling:
        changes["told_at"] = now
    tx.execute(update(alert).where(alert.c.key == one.key).values(changes))
