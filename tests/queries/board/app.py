"""What conditions mean, by the CHECKs of their table."""

from sqlite3 import Connection

MISSPELT = "SELECT id FROM tasks WHERE status = 'DON'"  # expect: Q504
LOWER = "SELECT id FROM tasks AS t WHERE t.status IN ('new', 'done') AND t.id > ?"  # expect: Q504
TOO_HIGH = "DELETE FROM tasks WHERE priority > 5"  # expect: Q504
NEVER_NULL = "UPDATE tasks SET title = :title WHERE active IS NULL"  # expect: Q504
BOTH = "SELECT id FROM tasks WHERE status = 'NEW' AND status = 'DONE'"  # expect: Q504
NULLS = "SELECT id FROM tasks WHERE priority IS NULL"
NOTHING_MEANT = "SELECT id FROM tasks WHERE 0"
ANY = "SELECT id FROM tasks WHERE status = ? AND status = 'DONE'"
OR = "SELECT id FROM tasks WHERE status = 'DON' OR id = ?"
CASE = "SELECT id FROM tasks WHERE lower(status) = 'done' AND title BETWEEN 'a' AND 'b'"

TRUTH = "SELECT title FROM tasks WHERE active ORDER BY title"  # expect: Q505
NOT_ZERO = "SELECT title FROM tasks WHERE active <> 0 AND title = ?"  # expect: Q505
IS_TRUE = "SELECT title FROM tasks WHERE NOT active = 0 AND title > 'a'"  # expect: Q505
FIVE = "SELECT title FROM tasks WHERE priority = 5 AND title = 'x'"  # expect: Q505
SAID = "SELECT title FROM tasks WHERE active = 1 AND title = ?"
OTHER = "SELECT title FROM tasks WHERE active = ? AND title = 'x'"
BY_KEY = "SELECT title FROM tasks WHERE active AND id = 7"
JOINED = "SELECT a.id FROM tasks a JOIN tasks b ON a.id = b.id WHERE b.active"
WITHOUT_NAME = "WITH x AS (SELECT 1) SELECT id FROM tasks WHERE status = 'DON'"  # expect: Q504
OF_MAIN = "SELECT id FROM main.tasks AS t WHERE t.status = 'DON' AND t.id > ?"  # expect: Q504
NO_SUCH = "SELECT t.id FROM main.orders o JOIN tasks t USING (id)"  # expect: Q501


def asked(connection: Connection) -> object:
    sums = "name: " + connection.execute("SELECT nope FROM tasks").fetchone()[0]  # expect: Q501
    connection.execute(
        "WITH x (id) AS (SELECT max(id) OVER (ORDER BY id) FROM tasks)"
        " SELECT nope FROM tasks JOIN x USING (id)"  # expect: Q501
        " WHERE CAST(title AS VARCHAR(9)) IN ('a')"
    )
    return sums
