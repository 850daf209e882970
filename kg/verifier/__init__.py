"""The verifier: structured facts in, findings with evidence out. It knows nothing of a model."""
