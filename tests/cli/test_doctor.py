from support import ports


def test_the_demo_is_looked_at_without_asking_the_world(desk):
    said = desk.call("doctor").out
    told = desk.call("doctor", "--json").json

    assert "courier.example is reserved for examples: nothing to look up." in said
    assert "only this machine sees it" in said
    assert said.endswith("in order.\n")
    assert told["ok"] is True
    assert {"state", "about", "says", "paste"} == set(told["checks"][0])
    assert not (desk.folder / "var").exists()


def test_what_fails_is_the_exit_code(desk):
    text = desk.config.read_text(encoding="utf-8")
    relay = f"\n[smtp]\nport = {ports.free_port()}\n"
    desk.configure(text.replace("[site]", "[site]\nlive = true") + relay)

    said = desk.call("doctor", code=1).out

    assert "fail  Relay default: " in said
    assert "fail  Public address: " in said
