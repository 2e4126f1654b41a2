"""Deliver through every relay at once, each with its own connections and pace."""

import threading
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial

from dispatch.actions.delivery.deliver import deliver, worker_name
from dispatch.actions.delivery.deliver_report import DeliverReport
from dispatch.actions.delivery.rounds import Channel
from dispatch.deliver.dkim import Signer
from dispatch.deliver.route import Routes
from dispatch.model import Clock
from dispatch.store import Store, Tx, workers
from dispatch.subscribe.tokens import Tokens


def deliver_all(
    store: Store,
    channels: Sequence[Channel],
    tokens: Tokens,
    *,
    routes: Routes,
    zone: str,
    clock: Clock,
    stop: threading.Event,
    limit: int | None = None,
    alone: bool = False,
    insist: bool = False,
    signers: Sequence[Signer] = (),
) -> DeliverReport:
    """Send what is due until nothing is; see `deliver`.

    With a `limit`, the relays take their turns one after the other.
    """
    names = [worker_name() for _ in channels]

    def through(number: int, most: int | None) -> DeliverReport:
        channel = channels[number]
        return deliver(
            store,
            channel.connect,
            tokens,
            channel.relay,
            clock=clock,
            stop=stop,
            limit=most,
            worker=names[number],
            beside=names,
            alone=alone,
            insist=insist,
            signers=signers,
            routes=routes,
            zone=zone,
        )

    try:
        if limit is None:
            with ThreadPoolExecutor(len(channels)) as pool:
                told = list(
                    pool.map(through, range(len(channels)), [None] * len(names))
                )
        else:
            told = []
            for number in range(len(channels)):
                told.append(through(number, limit))
                limit -= told[-1].tried
    finally:
        store.write(partial(_stop, names=names))
    return together(told)


def _stop(tx: Tx, *, names: Sequence[str]) -> None:
    for name in names:
        workers.stop(tx, name)


def together(reports: Sequence[DeliverReport]) -> DeliverReport:
    """Return what several relays came to, as one report."""
    if len(reports) == 1:
        return reports[0]
    last = max(reports, key=lambda report: report.at)
    resting = [one.resting_until for one in reports if one.resting_until]
    waits = [one.wait for one in reports if one.wait]
    return DeliverReport(
        at=last.at,
        counts=sum((one.counts for one in reports), Counter[str]()),
        waiting=last.waiting,
        next_at=last.next_at,
        unknown=last.unknown,
        relay_error=" ".join(filter(None, (one.relay_error for one in reports))),
        resting_until=min(resting, default=None),
        wait=min(waits, key=lambda wait: wait.until, default=None),
        failure=" ".join(dict.fromkeys(one.failure for one in reports if one.failure)),
        zone=last.zone,
    )
