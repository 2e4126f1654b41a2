import pytest

from dispatch.model import SuppressionReason
from dispatch.store import suppressions
from support.audience import NOW, hash_of

R = SuppressionReason
ADA = hash_of("ada@example.org")
EVE = hash_of("eve@example.org")


def suppress(store, reason, mailbox_hash=ADA, **more):
    return store.write(
        lambda tx: suppressions.add(tx, mailbox_hash, reason, now=NOW, **more)
    )


def reason(store, mailbox_hash=ADA):
    with store.read() as tx:
        return suppressions.reason(tx, mailbox_hash)


def test_a_suppressed_address_is_found_by_its_hash(store):
    assert suppress(store, R.UNSUBSCRIBED)

    with store.read() as tx:
        assert suppressions.is_suppressed(tx, ADA)
        assert not suppressions.is_suppressed(tx, EVE)
        assert suppressions.reasons(tx, [ADA, EVE]) == {ADA: R.UNSUBSCRIBED}
        assert suppressions.reasons(tx, []) == {}
        assert suppressions.count(tx) == 1


def test_suppressing_twice_is_no_news(store):
    assert suppress(store, R.BOUNCED)
    assert not suppress(store, R.BOUNCED)


@pytest.mark.parametrize("reason_given", R)
def test_the_stronger_reason_stays(store, reason_given):
    suppress(store, R.COMPLAINT)

    assert not suppress(store, reason_given)
    assert reason(store) is R.COMPLAINT


def test_a_stronger_reason_replaces_a_weaker_one(store):
    suppress(store, R.UNSUBSCRIBED)

    assert suppress(store, R.BOUNCED, detail="550 5.1.1")
    assert reason(store) is R.BOUNCED


def test_every_reason_has_its_strength():
    assert set(suppressions.STRENGTH) == set(R)


def test_a_suppression_is_lifted_for_the_named_reasons_alone(store):
    suppress(store, R.COMPLAINT)

    def lift(*reasons):
        return store.write(lambda tx: suppressions.lift(tx, ADA, *reasons))

    assert not lift([R.UNSUBSCRIBED, R.ERASED])
    assert reason(store) is R.COMPLAINT
    assert lift()
    assert reason(store) is None
    assert not lift()
