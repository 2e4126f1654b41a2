import itertools
import json
import os
import signal
import subprocess
import sys

import pytest

from dispatch import __version__
from dispatch.cli import main, menu, output


def dispatch(*words, cwd, timeout=60, **more):
    return subprocess.run(
        [sys.executable, "-m", "dispatch", *words],
        cwd=cwd,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=timeout,
        check=False,
        env={**os.environ, **more},
    )


def every_command():
    """All commands with the words that call them."""

    def walk(command, words):
        inner = getattr(command, "commands", None)
        if inner is None:
            yield words
        else:
            for name, one in inner.items():
                yield from walk(one, (*words, name))

    found = [walk(command, (name,)) for name, command in menu.every().items()]
    return sorted(itertools.chain.from_iterable(found))


def test_the_help_imports_no_library_but_those_that_print_it(tmp_path):
    line = (
        "import sys; from dispatch.cli import main\n"
        "try: main(['--help'])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )

    done = subprocess.run(
        [sys.executable, "-c", line], capture_output=True, text=True, check=True
    )

    loaded = set(done.stderr.split())
    ours = {name for name in loaded if name.startswith("dispatch.")}
    assert "Usage: dispatch" in done.stdout
    assert ours == {
        "dispatch.cli",
        "dispatch.cli.menu",
        "dispatch.cli.output",
        "dispatch.cli.program",
        "dispatch.cli.session",
        "dispatch.errors",
    }
    slow = {"sqlalchemy", "pydantic", "starlette", "lxml", "urllib3", "asyncio"}
    assert not slow & loaded


def test_status_loads_no_web_no_parser_and_no_migration(desk):
    line = (
        "import sys; from dispatch.cli import main\n"
        "try: main(['status'])\n"
        "except SystemExit: print(*sys.modules, file=sys.stderr)"
    )
    desk.call("publish")

    done = subprocess.run(
        [sys.executable, "-c", line],
        cwd=desk.folder,
        capture_output=True,
        text=True,
        check=True,
    )

    idle = {"starlette", "uvicorn", "premailer", "feedparser", "alembic"}
    assert "not live" in done.stdout
    assert not idle & set(done.stderr.split())


def test_every_option_and_argument_says_what_it_is_for():
    def silent(command, words):
        for name, one in getattr(command, "commands", {}).items():
            yield from silent(one, (*words, name))
        yield from ((*words, one.name) for one in command.params if not one.help)

    found = [silent(command, (name,)) for name, command in menu.every().items()]
    assert list(itertools.chain.from_iterable(found)) == []


def test_the_menu_says_of_each_command_what_the_command_says():
    for name, command in menu.every().items():
        first = (command.help or "").split("\n\n")[0]
        assert menu.MENU[name].line == " ".join(first.split()), name


def test_a_fresh_publication_is_made_checked_and_served_once(tmp_path):
    made = dispatch("init", "courier", "--title", "The Courier", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = tmp_path / "courier"
    (folder / "articles" / "library.txt").write_text("Late hours\n\nIt opens late.\n")

    checked = dispatch("check", cwd=folder)
    assert (checked.returncode, checked.stderr) == (0, "")
    assert "all is well" in checked.stdout

    once = dispatch("once", "--json", cwd=folder)
    assert once.returncode == 0, once.stderr
    assert json.loads(once.stdout)["ok"] is True
    assert (folder / "feeds" / "all.rss").is_file()
    assert (folder / "var" / "secret.key").stat().st_mode & 0o777 == 0o600


def test_without_a_config_one_sentence_says_so_and_the_exit_code_is_2(tmp_path):
    done = dispatch("status", cwd=tmp_path)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("config.toml: there is no such file.")
    assert done.stderr.count("\n") == 1


def test_every_problem_of_the_config_is_told_on_standard_error(tmp_path):
    (tmp_path / "config.toml").write_text("[site]\ntitel = 'x'\n[smtp]\nport = 0\n")

    done = dispatch("publish", cwd=tmp_path)

    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 2


def test_an_error_is_json_on_standard_output_where_json_was_asked_for(tmp_path):
    done = dispatch("publish", "--json", cwd=tmp_path)

    assert done.returncode == 2
    assert json.loads(done.stdout)["ok"] is False
    assert "no such file" in json.loads(done.stdout)["error"]


def test_a_closed_pipe_is_no_traceback(tmp_path):
    dispatch("init", ".", cwd=tmp_path)
    line = f"{sys.executable} -m dispatch status | true"

    done = subprocess.run(
        ["sh", "-c", line], cwd=tmp_path, capture_output=True, text=True, check=False
    )

    assert "Traceback" not in done.stderr


def test_a_terminal_that_knows_no_unicode_is_no_traceback(tmp_path):
    dispatch("init", "a", "--title", "Café ☕", cwd=tmp_path)

    done = dispatch("status", cwd=tmp_path / "a", PYTHONIOENCODING="ascii")

    assert done.returncode == 0, done.stderr


def test_no_colour_where_nobody_looks(tmp_path):
    dispatch("init", ".", cwd=tmp_path)

    for more in ({}, {"NO_COLOR": "1"}, {"NO_COLOR": "1", "FORCE_COLOR": "1"}):
        assert "\x1b[3" not in dispatch("status", cwd=tmp_path, **more).stdout


def test_the_sandbox_stops_at_a_signal_with_exit_code_0(tmp_path):
    anywhere = ("--smtp", "127.0.0.1:0", "--listen", "127.0.0.1:0")
    process = subprocess.Popen(
        [sys.executable, "-m", "dispatch", "sandbox", *anywhere],
        cwd=tmp_path,
        stdout=subprocess.PIPE,
        text=True,
    )
    with process:
        assert "Ctrl-C ends" in process.stdout.readline()
        process.send_signal(signal.SIGINT)
        assert process.wait(timeout=60) == 0


def test_the_version_is_printed(desk):
    assert desk.call("--version").out == f"dispatch {__version__}\n"


def test_no_words_at_all_show_the_help_and_exit_2(capsys):
    with pytest.raises(SystemExit) as left:
        main([])
    said = capsys.readouterr()

    assert left.value.code == 2
    assert "Usage: dispatch" in said.out


@pytest.mark.parametrize("words", every_command(), ids=" ".join)
def test_every_command_has_help_with_an_example(desk, words):
    said = desk.call(*words, "--help").out

    assert f"dispatch {' '.join(words)}" in said.replace(
        "dispatch --config", ""
    ).replace("/srv/courier/config.toml run", "dispatch run")
    assert len(said.splitlines()) > 6


def test_a_wrong_option_is_named_with_the_way_to_help(desk):
    said = desk.call("publish", "--fast", code=2)

    assert said.err == "No such option: --fast\nTry: dispatch publish --help\n"


def test_a_missing_argument_is_wrong_usage(desk):
    assert "Missing argument" in desk.call("preview", code=2).err


def test_an_unexpected_fault_is_one_sentence_and_a_way_to_see_more(desk, monkeypatch):
    def broken(*_words, **_options):
        raise KeyError("x")

    monkeypatch.setattr("dispatch.cli.program.app", broken)

    said = desk.call("status", code=1)

    assert "KeyError: 'x'" in said.err
    assert "--debug" in said.err


def test_debug_shows_the_traceback(monkeypatch):
    def broken(*_words, **_options):
        raise KeyError("x")

    monkeypatch.setattr("dispatch.cli.program.app", broken)

    with pytest.raises(KeyError):
        main(["--debug", "status"])


@pytest.mark.parametrize("words", [("why",), ("article", "show"), ("issue", "show")])
def test_words_that_are_no_text_are_wrong_usage(desk, words):
    said = desk.call(*words, os.fsdecode(b"caf\xe9"), code=2)

    assert "Traceback" not in said.err
    assert said.err.count("\n") == 1
    assert "UnicodeEncodeError" not in said.err


def test_an_interrupt_exits_130(desk, monkeypatch):
    def interrupted(*_words, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr("dispatch.cli.program.app", interrupted)

    assert desk.call("status", code=130).err == "Interrupted.\n"


def test_texts_of_others_are_never_read_as_markup(capsys):
    output.console().print(output.table("t", ("a",), [("[red]x[/red] :tada:",)]))

    assert "[red]x[/red] :tada:" in capsys.readouterr().out
