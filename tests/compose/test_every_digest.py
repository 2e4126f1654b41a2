"""Each kind of digest as it leaves: for eyes, in files a mail program can open.

The notices are in test_notice.py, the briefing itself in test_variant.py.
"""

from dataclasses import replace
from email import message_from_bytes, policy

import pytest
from syrupy.extensions.single_file import SingleFileSnapshotExtension

from dispatch.compose import mime, proof, variant
from dispatch.compose.pictures import Picture
from dispatch.compose.proof import Action, Cover
from dispatch.compose.splice import splice
from dispatch.model import Choice, MailFormat
from support import pictures
from support.composing import ISSUE, SLOT, day, newsletter, press, steady

VALUES = {
    "to": b"ada@readers.example",
    "message_id": b"abcdefghijklmnop@courier.example",
    "delivery": b"zyxwvutsrqponmlkjihgfedc",
    "date": b"Wed, 04 Mar 2026 12:00:00 +0000",
    "unsubscribe": b"u" * 40,
    "preferences": b"p" * 40,
}
COVER = Cover(
    line="Proof: The Daily Courier, 8 stories, 9,012 readers, sends 07:00",
    subject="Night buses to run until two, after a winter of petitions",
    silence="If nobody answers, it goes out at seven.",
    actions=(
        Action("Hold", "https://news.courier.example/proof/hold"),
        Action("Send now", "https://news.courier.example/proof/send"),
    ),
    done=("Ruth moved “Council adopts budget” to the top.",),
)
KINDS = {
    "front-page": {"design": "front-page"},
    "text-only": {"mail": MailFormat.TEXT},
    "proof": {"cover": COVER},
    "logo": {"logo": Picture("image/png", pictures.png(40, 20))},
}


def make(*, design="briefing", mail=MailFormat.HTML, cover=None, logo=None):
    printing, letter = replace(press(), logo=logo), newsletter(design=design)
    made = variant.make(
        printing,
        newsletter=letter,
        issue=ISSUE,
        choice=Choice(format=mail),
        articles=day(),
        now=SLOT,
    )
    frozen = made.frozen
    if cover is not None:
        frozen = proof.make(printing, letter, made.variant, frozen, cover)
    return mime.unstuff(splice(frozen, VALUES))


def as_file(ending):
    return type(ending, (SingleFileSnapshotExtension,), {"file_extension": ending})


@pytest.mark.parametrize("kind", KINDS)
def test_a_digest_as_it_leaves(kind, snapshot):
    message = make(**KINDS[kind])
    parsed = message_from_bytes(message, policy=policy.default)

    assert steady(message) == snapshot(extension_class=as_file("eml"), name="eml")
    for subtype, ending in (("plain", "txt"), ("html", "html")):
        if body := parsed.get_body((subtype,)):
            text = body.get_content().encode()
            assert text == snapshot(extension_class=as_file(ending), name=ending)


def test_a_proof_is_no_mail_of_a_list():
    parsed = message_from_bytes(make(cover=COVER), policy=policy.default)

    assert [name for name in parsed if name.startswith("List-")] == []
