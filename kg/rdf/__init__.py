"""The graph in files that others read: Turtle, N-Quads, KGX; the only place that knows rdflib."""
