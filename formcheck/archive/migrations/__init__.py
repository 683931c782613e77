"""Each version of the tables as a step from the one before; Alembic runs them.

A step that was published is never changed. Steps do not import the tables: these are always those
of the newest version.
"""
