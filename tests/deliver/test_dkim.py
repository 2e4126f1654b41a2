import re
from datetime import UTC, datetime

import dkim as oracle
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from hypothesis import given, settings, strategies as st

from dispatch.deliver import dkim, profiles
from dispatch.deliver.dkim import Signer

AT = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
PEMS = {name: dkim.generate(name) for name in ("rsa", "ed25519")}
HEAD = (
    b"From: =?utf-8?q?Jos=C3=A9?= <news@paper.example>\r\n"
    b"To: a@b.example\r\nSubject: Two\r\n\tlines  of it\r\n"
    b"Date: Mon, 02 Mar 2026 12:00:00 +0000\r\nMessage-ID: <x@paper.example>\r\n"
    b"MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n"
    b"List-Unsubscribe: <https://paper.example/u/abc>\r\n"
    b"List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"
)
CHANGES = [
    (b"One-Click", b"One-Clack"),
    (b"/u/abc", b"/u/abd"),
    (b"a dot", b"a dog"),
    (b"To: a@", b"To: c@"),
    (b"lines  of", b"lines ov"),
    (b"charset=utf-8", b"charset=us-ascii"),
]
BODY = b"Hello  there \t\r\n\r\n..a dot\r\n\r\n\r\n"


def signer(kind, tmp_path, domain="paper.example"):
    file = tmp_path / f"{kind}.pem"
    file.write_bytes(PEMS[kind][0])
    return Signer(domain, f"s-{kind}", dkim.load(file))


def dns(name, timeout=5):
    kind = re.match(rb"s-(\w+)\._domainkey\.paper\.example\.", name)[1].decode()
    return PEMS[kind][1].encode()


def received(sent):
    """The message as its receiver has it: the dots unstuffed."""
    return sent.replace(b"\r\n..", b"\r\n.")


def verified(sent, count=1):
    """What a receiver says of each signature."""
    judge = oracle.DKIM(received(sent))
    return [judge.verify(idx=n, dnsfunc=dns) for n in range(count)]


def accepted(sent, count=1):
    try:
        return all(verified(sent, count))
    except oracle.DKIMException:
        return False


@pytest.mark.parametrize("kind", ["rsa", "ed25519"])
def test_a_signature_stands_before_an_independent_judge(kind, tmp_path):
    sent = dkim.sign(HEAD + b"\r\n" + BODY, [signer(kind, tmp_path)], at=AT)

    assert verified(sent) == [True]


def test_both_signatures_of_a_message_stand(tmp_path):
    both = [signer("rsa", tmp_path), signer("ed25519", tmp_path)]

    sent = dkim.sign(HEAD + b"\r\n" + BODY, both, at=AT)

    assert verified(sent, 2) == [True, True]


def test_a_second_signing_gives_the_same_bytes(tmp_path):
    both = [signer("rsa", tmp_path), signer("ed25519", tmp_path)]
    message = HEAD + b"\r\n" + BODY

    assert dkim.sign(message, both, at=AT) == dkim.sign(message, both, at=AT)


@pytest.mark.parametrize(("old", "new"), CHANGES)
def test_a_change_of_what_matters_breaks_it(old, new, tmp_path):
    sent = dkim.sign(HEAD + b"\r\n" + BODY, [signer("rsa", tmp_path)], at=AT)

    assert old in sent
    assert not accepted(sent.replace(old, new))


@pytest.mark.parametrize("name", [b"From", b"Subject", b"To", b"Date", b"Reply-To"])
def test_a_second_header_of_a_name_breaks_it(name, tmp_path):
    sent = dkim.sign(HEAD + b"\r\n" + BODY, [signer("rsa", tmp_path)], at=AT)

    assert not accepted(name + b": evil@evil.example\r\n" + sent)


# The same before a verifier that is not written in Python.


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\r\n",
        b"\r\n\r\n",
        b"One line\r\n",
        BODY,
        b" leading\r\n \t \r\n",
        "Grüße — 雪\r\n".encode(),
    ],
)
def test_a_signature_stands_in_perl_whatever_the_body(perl, body, tmp_path):
    sent = dkim.sign(HEAD + b"\r\n" + body, [signer("rsa", tmp_path)], at=AT)

    assert perl.verdict(received(sent), PEMS["rsa"][1]) == "pass"


@pytest.mark.parametrize(
    ("old", "new"),
    [
        *CHANGES,
        (b"\r\nSubject:", b"\r\nSubject: Another\r\nSubject:"),
        (b"\r\nTo:", b"\r\nTo: more@b.example\r\nTo:"),
    ],
)
def test_perl_refuses_a_message_that_was_changed_on_its_way(perl, old, new, tmp_path):
    sent = dkim.sign(HEAD + b"\r\n" + BODY, [signer("rsa", tmp_path)], at=AT)

    assert old in sent
    changed = received(sent).replace(old, new, 1)
    assert perl.verdict(changed, PEMS["rsa"][1]).startswith("fail")


def test_what_the_relay_rewrites_is_left_unsigned(tmp_path):
    sent = dkim.sign(
        HEAD + b"\r\n" + BODY, [signer("rsa", tmp_path)], at=AT, profile="ses"
    )

    assert accepted(sent.replace(b"<x@paper.example>", b"<y@relay.example>"))
    assert not accepted(sent.replace(b"Subject: Two", b"Subject: Three"))


@pytest.mark.parametrize(
    "profile", sorted(n for n, one in profiles.PROFILES.items() if one.rebuilds)
)
def test_what_the_relay_builds_anew_is_left_for_it_to_sign(profile, tmp_path):
    message = HEAD + b"\r\n" + BODY

    one = signer("rsa", tmp_path)
    assert dkim.sign(message, [one], at=AT, profile=profile) == message


@pytest.mark.parametrize("profile", ["", "postfix", "mailgun", "never heard of"])
def test_a_relay_that_leaves_mail_alone_gets_all_of_it_signed(profile, tmp_path):
    message = HEAD + b"\r\n" + BODY

    sent = dkim.sign(message, [signer("rsa", tmp_path)], at=AT, profile=profile)

    assert b":message-id:" in sent.partition(b"From:")[0]


def test_no_line_of_a_signature_is_longer_than_headers_should_be(tmp_path):
    both = [signer("rsa", tmp_path), signer("ed25519", tmp_path)]

    head = dkim.sign(HEAD + b"\r\n" + BODY, both, at=AT).partition(b"From:")[0]

    assert max(len(line) for line in head.split(b"\r\n")) <= 78


def test_without_a_key_a_message_is_left_as_it_is():
    assert dkim.sign(HEAD + b"\r\n" + BODY, [], at=AT) == HEAD + b"\r\n" + BODY


@settings(max_examples=60)
@given(
    st.lists(
        st.sampled_from([b"word", b" ", b"\t", b"  ", b"\r\n", b".", b"\r\n.."]),
        max_size=40,
    )
)
def test_any_body_is_read_as_the_judge_reads_it(parts):
    body = b"".join(parts)
    pem = serialization.load_pem_private_key(PEMS["ed25519"][0], password=None)
    one = Signer("paper.example", "s-ed25519", pem)
    stuffed = body.replace(b"\r\n.", b"\r\n..")
    stuffed = b"." + stuffed if stuffed.startswith(b".") else stuffed

    sent = dkim.sign(HEAD + b"\r\n" + stuffed, [one], at=AT)

    head, gap, rest = sent.partition(b"\r\n\r\n")
    received = head + gap + body
    assert rest == stuffed
    assert oracle.DKIM(received).verify(dnsfunc=dns)


def test_a_key_speaks_for_its_domain_and_those_below(tmp_path):
    one = signer("rsa", tmp_path)

    assert one.aligned("news@paper.example")
    assert one.aligned("news@Mail.Paper.example")
    assert not one.aligned("news@newspaper.example")


def test_a_short_or_foreign_key_is_refused_in_a_sentence(tmp_path):
    file = tmp_path / "key.pem"
    for key in (
        rsa.generate_private_key(public_exponent=65537, key_size=1024),
        ec.generate_private_key(ec.SECP256R1()),
    ):
        file.write_bytes(
            key.private_bytes(
                serialization.Encoding.PEM,
                serialization.PrivateFormat.PKCS8,
                serialization.NoEncryption(),
            )
        )
        with pytest.raises(ValueError, match="RSA of at least 2048 bits"):
            dkim.load(file)
    file.write_text("not a key")
    with pytest.raises(ValueError, match="no private key in PEM"):
        dkim.load(file)
    with pytest.raises(ValueError, match="cannot be read"):
        dkim.load(tmp_path / "nowhere.pem")


def test_a_signer_never_shows_its_key(tmp_path):
    one = signer("rsa", tmp_path)

    assert "key" not in repr(one)
