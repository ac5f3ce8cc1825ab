"""What nobody can know: nothing is told of any of these."""
# ruff: noqa: UP031, UP032

from sqlite3 import Connection, Cursor

TREE = "WITH RECURSIVE tree (id) AS (SELECT id FROM tasks UNION SELECT id + 1 FROM tree LIMIT 9) "

LABELS = {
    "pick": "Select a status from tasks",
    "gone": "Delete from tasks?",
    "also": "Select the user from tasks to be removed",
}


def sums(connection: Connection, columns: str) -> Cursor:
    connection.execute(TREE + "SELECT tasks.title FROM tree JOIN tasks USING (id)")
    connection.execute(" ".join([TREE, "SELECT depth FROM tree JOIN tasks USING (id)"]))
    connection.execute(columns + " UNION " + "SELECT nope FROM tasks")
    sql = TREE
    sql += "SELECT depth FROM tree JOIN tasks USING (id)"
    begun = "SELECT id, depth FROM tasks"
    begun += " JOIN (SELECT id, count(*) AS depth FROM tasks GROUP BY 1) AS deep USING (id)"
    return connection.execute(sql or begun)


def filled_later(connection: Connection, status: str, column: str) -> None:
    connection.execute("SELECT id FROM tasks WHERE status = '%s'" % status)
    connection.execute("SELECT id FROM tasks WHERE status = '{}'".format(status))
    connection.execute("SELECT id FROM tasks WHERE status = '{s}' AND id = 2".format(s=status))
    connection.execute("SELECT id FROM tasks WHERE status = '$status'".replace("$status", status))
    connection.execute('UPDATE tasks SET "{}" = ? WHERE id = ?'.format(column))
    connection.execute('UPDATE tasks SET "%s" = ? WHERE id = ?' % column)
    connection.execute("SELECT [{}] FROM tasks".format(column))
    connection.execute("SELECT `{column}` FROM tasks".format(column=column))
    connection.execute('SELECT tasks.id FROM tasks JOIN "{}" USING (id)'.format(column))


def elsewhere(connection: Connection) -> None:
    connection.execute("ATTACH DATABASE ? AS archive", ("old.db",))
    connection.execute("INSERT INTO archive.tasks SELECT * FROM tasks WHERE status = 'DONE'")
    connection.execute("SELECT t.id FROM tasks t LEFT JOIN archive.tasks a ON a.id = t.id")
    connection.execute("SELECT t.id FROM temp.picked p JOIN tasks t ON p.id = t.id")
    connection.execute("SELECT t.id FROM tasks t JOIN generate_series(1, 10) s ON s.value = t.id")
    connection.execute("SELECT t.id, s.stat FROM sqlite_stat1 s JOIN tasks t ON s.tbl = 'tasks'")


def shadowed(connection: Connection) -> None:
    connection.execute(
        "WITH tasks AS (SELECT id, status || '!' AS status FROM main.tasks)"
        " SELECT id FROM tasks WHERE status = 'NEW!'"
    )


def of_another_engine(connection: Connection) -> None:
    connection.execute("INSERT INTO tasks (title, vector) VALUES (?, to_tsvector('english', ?))")
    connection.execute("SELECT rank(title, id) FROM tasks")  # a function of the application's
