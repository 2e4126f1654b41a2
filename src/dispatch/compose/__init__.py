"""Composing: a newsletter's articles in, an issue's frozen bytes out.

In: settings, articles and a `now`. Out: which slots are due (`due`), which articles
belong (`eligible`, `variant`), what they look like (`templates`, `inline`), and
`Frozen` messages (`mime`) that `splice` turns into one recipient's bytes in
microseconds. `digest` and `notice` are the two ways in from `actions`.

May import model, errors, text. Must not know the store, the clock, the config or
another stage.
"""
