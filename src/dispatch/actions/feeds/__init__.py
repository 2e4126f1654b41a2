"""From entries to feeds: which there are, what each holds, who is told."""
