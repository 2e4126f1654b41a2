import base64
import stat
import threading

import pytest

from dispatch import config
from dispatch.config import secrets
from dispatch.errors import ConfigError

GIVEN = base64.b64encode(bytes(range(32))).decode()


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in (
        "DISPATCH_SECRET_KEY",
        "DISPATCH_SMTP_PASSWORD",
        "CREDENTIALS_DIRECTORY",
    ):
        monkeypatch.delenv(name, raising=False)


def test_a_key_is_made_on_first_start_for_its_owner_alone(tmp_path):
    file = tmp_path / "var" / "secret.key"

    key = config.load_or_make_key(file)

    assert len(key) == 32
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert base64.b64decode(file.read_text()) == key
    assert [one.name for one in file.parent.iterdir()] == ["secret.key"]


def test_the_key_stays_the_same(tmp_path):
    file = tmp_path / "secret.key"

    assert config.load_or_make_key(file) == config.load_or_make_key(file)


def test_two_first_starts_at_once_agree_on_one_key(tmp_path):
    file = tmp_path / "secret.key"
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(config.load_or_make_key(file)))
        for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(found) == 8
    assert len(set(found)) == 1


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620])
def test_a_key_that_others_can_reach_is_refused(tmp_path, mode):
    file = tmp_path / "secret.key"
    config.load_or_make_key(file)
    file.chmod(mode)

    with pytest.raises(ConfigError, match="chmod 600"):
        config.load_or_make_key(file)


@pytest.mark.parametrize("text", ["", "short", "c2hvcnQ=", "not base64 at all ☂" * 4])
def test_a_damaged_key_is_refused_and_never_replaced(tmp_path, text):
    file = tmp_path / "secret.key"
    file.write_text(text, encoding="utf-8")
    file.chmod(0o600)

    with pytest.raises(ConfigError, match="Restore it from your backup"):
        config.load_or_make_key(file)
    assert file.read_text(encoding="utf-8") == text


def test_a_key_that_cannot_be_written_is_told(tmp_path):
    (tmp_path / "var").write_text("a file, not a folder")

    with pytest.raises(ConfigError, match=r"cannot be (written|read)"):
        config.load_or_make_key(tmp_path / "var" / "secret.key")


def test_the_key_may_come_from_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("DISPATCH_SECRET_KEY", GIVEN)

    assert config.load_or_make_key(tmp_path / "none") == bytes(range(32))
    assert not (tmp_path / "none").exists()


def test_a_damaged_key_in_the_environment_is_refused_without_showing_it(
    tmp_path, monkeypatch
):
    monkeypatch.setenv("DISPATCH_SECRET_KEY", "c2VzYW1l")

    with pytest.raises(ConfigError) as caught:
        config.load_or_make_key(tmp_path / "none")
    assert "DISPATCH_SECRET_KEY" in str(caught.value)
    assert "c2VzYW1l" not in str(caught.value)


def test_the_key_may_be_a_credential_of_systemd(tmp_path, monkeypatch):
    (tmp_path / "secret_key").write_text(GIVEN)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert config.load_or_make_key(tmp_path / "none") == bytes(range(32))


def relay(tmp_path, lines=""):
    file = tmp_path / "config.toml"
    file.write_text(f'[smtp]\nusername = "u"\n{lines}')
    return config.load(file).smtp


def test_the_password_comes_from_the_file_that_is_named(tmp_path):
    (tmp_path / "pw").write_text("sesame \n")

    settings = relay(tmp_path, 'password_file = "pw"')

    assert settings.password == "sesame "
    assert "sesame" not in repr(settings)


def test_the_environment_wins_over_the_file(tmp_path, monkeypatch):
    (tmp_path / "pw").write_text("sesame\n")
    monkeypatch.setenv("DISPATCH_SMTP_PASSWORD", "tahini")

    assert relay(tmp_path, 'password_file = "pw"').password == "tahini"


def test_a_credential_of_systemd_is_the_password_without_any_setting(
    tmp_path, monkeypatch
):
    (tmp_path / "smtp_password").write_text("sesame")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))

    assert relay(tmp_path).password == "sesame"


@pytest.mark.parametrize("data", [b"", b"\n", b"a\nb\n", b"\xff", b"x" * 5000])
def test_a_file_that_holds_no_password_is_told_without_its_content(tmp_path, data):
    (tmp_path / "pw").write_bytes(data)

    with pytest.raises(ConfigError, match=r"smtp\.password_file: .*pw "):
        relay(tmp_path, 'password_file = "pw"')


def test_without_a_password_there_is_none(tmp_path):
    assert relay(tmp_path).password == ""
    assert secrets.load("smtp", "password", None) == ""
