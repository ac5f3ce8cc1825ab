"""The catalogs of a server: the queries, the facts that are made of their rows, and what needs
what. Must never read the text of a file, or change anything.
"""
