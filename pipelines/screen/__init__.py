"""A result on a terminal, drawn from its JSON, so that text and JSON can't disagree."""
