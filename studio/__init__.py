"""The studio: renders exercise clips whose truth is known.

A development tool. The installed program never imports it.
"""
