"""The library: past sessions, whose they are, and who may see them.

``store.Library`` is the way in; ``access`` says who asks, ``query`` what for, ``history`` and
``people`` what comes back. Everything else is how it is done.
"""
