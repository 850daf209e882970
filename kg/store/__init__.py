"""Stores: one protocol, several back ends."""
