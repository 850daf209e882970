"""The graph as soft tokens: encoder, projector, splice; may import llm and kg."""
