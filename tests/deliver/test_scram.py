import pytest
from hypothesis import given, strategies as st

from dispatch.deliver import scram

# The example of RFC 7677, section 3.
NONCE = "rOprNGfwEbeRWgbNEkqO"
CHALLENGE = f"r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"
CLIENT = scram.Client("user", "pencil", NONCE)


def test_the_example_of_the_standard_comes_out():
    proof, expected = CLIENT.final(CHALLENGE)

    assert CLIENT.first() == f"n,,n=user,r={NONCE}"
    assert proof.startswith(f"c=biws,r={NONCE}%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=")
    assert proof.endswith("p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")
    assert expected == "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


def test_a_name_with_commas_cannot_add_words_of_its_own():
    assert scram.Client("a,b=c", "x", "n").first() == "n,,n=a=2Cb=3Dc,r=n"


@pytest.mark.parametrize(
    "challenge",
    [
        "",
        "r=somebody-else,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",
        f"r={NONCE},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096",  # adds nothing of its own
        CHALLENGE.replace("i=4096", "i=1"),
        CHALLENGE.replace("i=4096", "i=999999999"),
        CHALLENGE.replace("i=4096", "i=x"),
        CHALLENGE.replace("W22", "???"),
    ],
)
def test_a_challenge_that_is_not_ours_is_refused(challenge):
    with pytest.raises(scram.ScramError):
        CLIENT.final(challenge)


@given(st.text(max_size=200))
def test_whatever_a_server_says_nothing_else_is_raised(challenge):
    with pytest.raises(scram.ScramError):
        CLIENT.final(challenge)
