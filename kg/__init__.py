"""The knowledge graph and the verifier that reads it; imports no language model."""
