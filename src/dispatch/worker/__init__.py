"""The daemon: scheduler, newsroom cycle, delivery and web in one process.

In: a config file and signals. Out: calls of `actions`, nothing decided here. The
main thread owns the signals and waits; APScheduler only wakes the cycle, whose
memory is the database; delivery has a thread of its own; the web runs beside.
"""
