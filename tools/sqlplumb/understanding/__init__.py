"""What SQL means: which tree an expression is, how two rules relate, what they let through.

sqlglot says what an expression looks like, and an engine says what is true of it. Nothing here
decides whether two spellings are one identity, and nothing of sqlglot's is stored, subclassed or
written into SQL. What is not understood is unknown, never a guess.
"""
