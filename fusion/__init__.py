"""The graph as soft tokens of a language model: encoder, projector, splice, training, ranking."""

import graphrx.llm  # noqa: F401  settles the thread settings before anything here loads torch
