"""Wiring: what the parts are given that no single part can know."""

import pytest

from dispatch.app import open_app
from support import smtp
from support.publication import CONFIG


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("127.0.0.1", "[127.0.0.1]"),
        ("[2001:db8::7]", "[IPv6:2001:db8::7]"),
        ("news.courier.example", "news.courier.example"),
    ],
)
def test_the_relay_is_greeted_with_a_name_it_can_take(tmp_path, clock, host, name):
    (tmp_path / "articles").mkdir()
    with smtp.serving() as server:
        text = CONFIG.format(web=8000, database="sqlite:///d.db", smtp=server.port)
        text = text.replace("http://127.0.0.1:8000", f"http://{host}")
        (tmp_path / "config.toml").write_text(text, encoding="utf-8")
        with open_app(tmp_path / "config.toml", clock=clock) as app:
            app.channels[0].connect().quit()

    assert server.commands[0] == f"ehlo {name}"
