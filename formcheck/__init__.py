"""formcheck: a form coach that says one thing at a time, and only when it is sure."""

__version__ = "0.1.0"
