"""Test support: servers to talk to, values to start from. No assertions here."""
