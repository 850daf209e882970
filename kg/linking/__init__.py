"""Text to entity: each match with its score and its reason."""
