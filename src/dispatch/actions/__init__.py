"""Actions: one module per verb, each done once and safe to repeat.

An action reads the store, asks a stage, writes back, and returns a `Report` that
the command line prints, the worker logs and the web shows. Its signature tells what
it touches. Loops, signals and schedules are its callers' business.

May import the stages, the store, model, errors, text. Must not import config, the
command line, the web or the worker; clocks and connections are handed in.
"""
