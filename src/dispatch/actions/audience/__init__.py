"""Readers: asking, confirming, choosing, leaving; imported and exported."""
