"""CDS Hooks: a result as the cards of a CDS service's response."""
