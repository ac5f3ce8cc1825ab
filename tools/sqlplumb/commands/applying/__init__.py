"""Live databases brought to the end of the history: which, in which order, and each on its way.

databases    which are meant
fleet        several at a time, by whatever executor; cluster: by Dask's
applied      one, as the command has it; written_down: its receipt
one          one, and what came of it; proved_end: where nothing is to be done
upgraded     its way through the gates; rehearsed: the same on a copy
course       where it stands; coming: what is known of a revision; memory: of the history
"""
