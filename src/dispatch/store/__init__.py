"""The store: the only SQL of Dispatch, for SQLite and PostgreSQL with one code path.

Functions of the modules here take a transaction (`Tx`) first, and take and return
values of `dispatch.model`, never rows. A caller composes them into one unit:

    store.write(lambda tx: articles.add(tx, story))
    with store.read() as tx: articles.by_id(tx, 7)

May import model, errors, text. Knows no stage, no config.
"""

from dispatch.store.database import Store, open_store
from dispatch.store.outbox import Outbox
from dispatch.store.transaction import Tx

__all__ = ["Outbox", "Store", "Tx", "open_store"]
