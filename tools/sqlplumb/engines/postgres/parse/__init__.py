"""Read the text of statements: tokens, where each statement begins and ends, what it makes, hints.

What a statement means, the server says; here only its place, its name and its comments are found.
"""
