"""Overrides of findings, in a log that shows when it was tampered with."""
