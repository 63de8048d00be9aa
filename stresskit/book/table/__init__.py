"""A book as one table of positions, stressed as a whole.

``source`` finds the files and columns, ``engines`` and ``spark`` read them, ``lines``
joins and groups the rows, ``instruments`` prices what is held, ``work`` sums it in
``shards``, ``apart`` runs what only a run alone can tell, ``owners`` knows the
portfolios. ``results``, ``positions``, ``reports``, ``hedges`` and ``league`` are what
comes out, ``parts`` keeps it whole, ``run`` is the run.
"""
