import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import dkim, dkim_record
from dispatch.deliver.dkim import Signer

PEM, RECORD = dkim.generate("ed25519")
SIGNER = Signer("courier.news", "s1", dkim.read(PEM))


def test_the_key_in_use_is_known_in_any_of_its_spellings():
    spaced = RECORD.replace("; ", " ;").replace("p=", "p = ")[:-4] + " " + RECORD[-4:]

    for text in (RECORD, spaced, RECORD.replace("v=DKIM1; ", "")):
        found = dkim_record.judge(SIGNER, [text])
        assert (found.state, found.paste) == ("ok", ""), text


def test_a_key_of_rsa_needs_no_word_of_its_kind():
    pem, record = dkim.generate()
    signer = Signer("courier.news", "s2", dkim.read(pem))

    found = dkim_record.judge(signer, [record.replace("k=rsa; ", "")])

    assert found.state == "ok"


@pytest.mark.parametrize(
    ("records", "says"),
    [
        ([], "there is no record"),
        ([RECORD, RECORD], "there are 2 records"),
        ([dkim.generate("ed25519")[1]], "another key is published"),
        (["v=DKIM1; k=ed25519; p="], "was revoked"),
        (["hello"], "no DKIM key"),
        ([RECORD.replace("DKIM1", "DKIM2")], "no DKIM key"),
        ([RECORD.replace("k=ed25519; ", "")], "another key"),
        ([f"{RECORD}; h=sha1"], "SHA-256"),
        ([f"{RECORD}; s=tlsrpt"], "not for mail"),
    ],
)
def test_what_breaks_every_signature_is_a_failure_with_the_line_to_paste(records, says):
    found = dkim_record.judge(SIGNER, records)

    assert (found.state, says in found.says) == ("fail", True), found
    assert found.paste == f's1._domainkey.courier.news. IN TXT "{RECORD}"'


def test_a_record_marked_as_a_test_is_worth_a_look():
    assert dkim_record.judge(SIGNER, [f"{RECORD}; t=s:y"]).state == "warn"


@given(st.text(max_size=300) | st.text("vkpths=;:DKIM1 ", max_size=60))
def test_no_other_text_passes_for_the_key(text):
    found = dkim_record.judge(SIGNER, [text])

    assert found.state == "fail"
    assert all(line.isprintable() for line in found.lines())
