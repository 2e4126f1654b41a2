import dkim as oracle
import pytest

from dispatch.deliver import dkim, receiver
from support import received
from support.preflight import message
from support.received import Clock, dns

GOOD = message()
AT = Clock().now()
CHANGES = [
    (b"One-Click", b"One-Clack", "header"),
    (b"To: reader@", b"To: other@", "header"),
    (b"Bridge closes, and", b"Bridge opens, and", "text"),
    (b"\tbh=", b"\tbh=x", "text"),
    (b"list-unsubscribe-post", b"list-unsubscribe-past", "not covered"),
    (b"d=courier.example", b"d=another.example", "no signature"),
]


def signed(signers=None):
    return dkim.sign(GOOD, received.signers() if signers is None else signers, at=AT)


def test_what_we_sign_is_accepted_here_and_by_dkimpy():
    message = signed()

    for number, signer in enumerate(received.signers()):
        assert receiver.objection(message, signer) == ""
        assert oracle.DKIM(message).verify(idx=number, dnsfunc=dns)


@pytest.mark.parametrize(("old", "new", "words"), CHANGES)
def test_what_was_changed_is_refused_here_and_by_dkimpy(old, new, words):
    message = signed()
    assert old in message
    changed = message.replace(old, new)

    for signer in received.signers():
        assert words in receiver.objection(changed, signer)
    try:
        accepted = oracle.DKIM(changed).verify(dnsfunc=dns)
    except (oracle.DKIMException, TypeError):
        accepted = False
    assert not accepted


def test_a_second_subject_is_refused():
    doubled = signed().replace(b"\r\nSubject:", b"\r\nSubject: x\r\nSubject:")

    assert "header" in receiver.objection(doubled, received.signers()[0])


def test_a_signature_of_another_key_is_refused():
    other = received.signers()[0]
    pem, _ = dkim.generate("ed25519")
    forged = dkim.Signer(other.domain, other.selector, dkim.read(pem))

    assert receiver.objection(signed([forged]), other) != ""


def test_a_message_without_signature_is_told():
    assert receiver.objection(GOOD, received.signers()[0]) == "there is no signature."
