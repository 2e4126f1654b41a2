"""What came back: read, judged, told, forgiven."""
