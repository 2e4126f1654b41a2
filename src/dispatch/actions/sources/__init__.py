"""Sources before they are collected from: found, checked, configured, complained of."""
