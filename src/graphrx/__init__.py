"""graphrx: drug recommendation by a language model that reads a medical knowledge graph.

The code lives in the four folders at the top of the repository and is imported as ``graphrx.kg``,
``graphrx.llm``, ``graphrx.fusion`` and ``graphrx.pipelines``. Nothing is imported here, so that
``graphrx check`` starts without torch.
"""

__version__ = "0.1.0"
