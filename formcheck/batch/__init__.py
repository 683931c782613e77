"""Many clips at once: what is to be done, who does it, what is kept, and what came of it.

::

    plan.py      which clips, as what, into which folder
    records.py   what is known of each clip on disk: finished clips are not done twice
    sources.py   clips as they are found and fetched: by path, or by URL
    place.py     where results go: a folder, or object storage by URL
    work.py      one clip; the same on every machine
    local.py     a process a core
    cluster.py   Dask
    run.py       plan → records → workers → tables and summary page
    tables.py    the rows
"""
