"""The command line, called in this process: fast, and with its real exit codes."""

import json
from dataclasses import dataclass

import pytest

from dispatch.cli import main

CONFIG = """
[site]
title = "The Courier"
timezone = "Europe/Berlin"
contact = "desk@courier.example"
postal_address = "1 College Green"

[[source]]
name = "newsroom"
kind = "folder"
path = "articles"
section = "news"
first_contact = "mail"
settle = "0s"

[[feed]]
name = "all"

[[newsletter]]
name = "daily"
title = "The Daily"
sender = "The Daily <daily@courier.example>"
schedule = "0 7 * * *"

[web]
listen = "127.0.0.1:0"

[sandbox]
smtp = "127.0.0.1:{smtp}"
listen = "127.0.0.1:0"
"""
STORY = """Courtesy of Ines Amaral

The town library will stay open until midnight during examination weeks.

The trial begins in December and costs nine thousand dollars.
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


class Desk:
    """A publication's folder and the commands an operator runs on it."""

    def __init__(self, folder, capsys):
        self.folder = folder
        self.config = folder / "config.toml"
        self._capsys = capsys

    def call(self, *words, code=0):
        """Run a command; expect its exit code; return what it said."""
        self._capsys.readouterr()
        with pytest.raises(SystemExit) as left:
            main(["--config", str(self.config), *words])
        said = self._capsys.readouterr()
        done = Done(left.value.code, said.out, said.err)
        assert done.code == code, done
        assert "Traceback" not in said.out + said.err
        return done

    def write(self, name, text=STORY):
        file = self.folder / "articles" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def configure(self, text):
        self.config.write_text(text, encoding="utf-8")
