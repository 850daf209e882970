"""Language models: loading, the token trie over drug names, LoRA adapters, prompts.

Nothing here reads the graph store, and no verdict depends on anything here.
"""

import os

# libgomp reads these once, when torch loads it; waiting threads that spin instead of sleeping
# slowed a decoding step on two cores from 56 to 1,026 ms. Every module that imports torch lies
# below this package or below `graphrx.fusion`, which imports this package first.
os.environ.setdefault("OMP_WAIT_POLICY", "passive")
os.environ.setdefault("GOMP_SPINCOUNT", "0")
