"""Entity resolution: which node of the graph an id or name of a public source means."""
