"""Servers on which databases of our own are made, and dropped.

`connect` opens a connection and tells what a server says; `programs` finds those of PostgreSQL on
this machine, `embedded` runs them; `scratch_server` hands out databases and cleans up after
whoever was killed; `choose` says which server a comparison needs. Must never know what a schema is.
"""
