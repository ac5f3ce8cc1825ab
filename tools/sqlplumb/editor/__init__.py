"""A language server for schema.sql: what `sqlplumb lsp` says to an editor.

`text` counts as editors do, `reader` reads statement by statement and keeps what did not change,
`project` knows which files belong together, `diagnostics`, `lookup`, `hover`, `completion` and
`fixes` answer, `mirrors` compares with models and history in a process of its own, and `server`
speaks the protocol.

Nothing here may run a project's Python in the server itself, and nothing but `server` may know the
library that speaks the protocol.
"""
