"""What Streamlit runs for every visit, away from ``pages/``.

Streamlit takes a folder ``pages`` beside its script for pages of its own kind, and would run one of
those files alone for whoever comes first and straight to it.
"""
