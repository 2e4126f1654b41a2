from dispatch.actions.collection import collect
from dispatch.app import open_app
from dispatch.worker import announce
from support.publication import CONFIG


def test_one_story_is_not_called_stories(tmp_path, clock):
    (tmp_path / "articles").mkdir()
    (tmp_path / "articles" / "a.txt").write_text("The ferry left late on Monday.\n")
    text = CONFIG.format(web=8000, database="sqlite:///d.db", smtp=2525)
    (tmp_path / "config.toml").write_text(text, encoding="utf-8")
    with open_app(tmp_path / "config.toml", clock=clock) as app:
        collect.collect(
            app.store,
            app.settings.source,
            app.fetch,
            clock=clock,
            site=app.settings.site,
            authority=app.authority,
        )
        lines = announce.report(app)

    assert "    what there is   1 story, 0 feed files, 0 active subscriptions" in lines
    assert "    next issue      Tuesday 03 March 07:00 (America/New_York)" in "".join(
        line for line in lines if "next issue" in line
    )


def test_a_newcomer_is_told_what_to_type_next(tmp_path, clock):
    (tmp_path / "articles").mkdir()
    text = CONFIG.format(web=8000, database="sqlite:///d.db", smtp=2525)
    file = tmp_path / "config.toml"
    file.write_text(text.replace("live = true", "live = false"), encoding="utf-8")
    with open_app(file, clock=clock) as app:
        told = "\n".join(announce.report(app, program=".venv/bin/dispatch"))

    assert "put a story.txt into articles/" in told
    assert "`.venv/bin/dispatch compose daily --now --send`" in told
