"""A reader of mail headers that shares nothing with the writer, nor with Python's."""

import base64
import re
import shutil
import subprocess

WORD = re.compile(r"=\?utf-8\?B\?([A-Za-z0-9+/=]*)\?=")


def unfold(header):
    """Return the value of one written header, its folds undone."""
    assert header.endswith("\r\n")
    body = header[:-2]
    assert not re.search(r"\r\n[^ ]|\r\n *(\r\n|\Z)|[^\r]\n|\r[^\n]", body), header
    return body.partition(":")[2].replace("\r\n", "").strip(" ")


def decode(value):
    """Return what encoded-words say; white space between two of them is nothing."""
    tokens = value.split(" ")
    out, before = [], False
    for token in tokens:
        found = WORD.fullmatch(token)
        if found:
            assert len(token) <= 75
            text = base64.b64decode(found[1], validate=True).decode()
            out.append(text if before or not out else f" {text}")
        else:
            assert "=?" not in token, token
            out.append(f" {token}" if out else token)
        before = bool(found)
    return "".join(out)


def by_perl(values):
    """Decode every value with Perl's Encode, or return None where there is no Perl."""
    if shutil.which("perl") is None:
        return None
    script = (
        'use Encode; binmode STDOUT, ":utf8"; $/ = "\\0";'
        'while (<STDIN>) { chomp; print decode("MIME-Header", $_), "\\0" }'
    )
    done = subprocess.run(
        ["perl", "-e", script],
        input="\0".join(values) + "\0",
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.split("\0")[:-1]


def mailbox(value):
    """Read one mailbox: atoms, a quoted-string or encoded-words, then <address>."""
    if not value.endswith(">"):
        return "", value
    phrase, _, address = value[:-1].rpartition("<")
    phrase = phrase.strip(" ")
    if phrase.startswith('"'):
        assert phrase.endswith('"')
        inner = phrase[1:-1]
        assert not re.search(r'(?<!\\)(?:\\\\)*"', inner), phrase
        return re.sub(r"\\(.)", r"\1", inner), address
    if phrase and not phrase.startswith("=?"):
        assert re.fullmatch(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~ -]+", phrase), phrase
    return decode(phrase) if phrase else "", address
