"""What only a rehearsal may do to its own database: let time pass."""

from sqlalchemy import text

from dispatch.store.transaction import Tx

LEASES = text("UPDATE delivery SET lease_until = 1 WHERE lease_until IS NOT NULL")
WAITS = text("""
UPDATE delivery SET not_before = 1 WHERE state IN ('pending', 'deferred')
""")


def time_passes(tx: Tx) -> None:
    """End every lease, and make due whatever waits."""
    tx.execute(LEASES)
    tx.execute(WAITS)
