"""``selftest``: golden cases that ship with the package, and whether its files are whole."""
