"""The queries of the catalogs, one for each family of objects. Owns the SQL; a name in it is a key
of a row. Must never say what a row means.

What belongs to an extension is no object of the schema: the extension is. Keys that begin with
`oid` tell rows of one database apart and are compared with nothing. Every query is asked with an
empty `search_path`, so that printers write names in full.
"""

from __future__ import annotations

from collections.abc import Mapping


def _own(catalog: str, oid: str) -> str:
    """The condition that an object is no member of an extension."""
    return (
        f"NOT EXISTS (SELECT FROM pg_depend member WHERE member.classid = '{catalog}'::regclass"
        f" AND member.objid = {oid} AND member.deptype = 'e')"
    )


def _sorted(values: str) -> str:
    """Nearly all of them are NULL, which is told without a question of its own."""
    listed = f"(SELECT array_agg(i::text ORDER BY i::text) FROM unnest({values}) i)"
    return f"CASE WHEN {values} IS NOT NULL THEN {listed} END"


def _tablespace(oid: str) -> str:
    named = f"(SELECT s.spcname FROM pg_tablespace s WHERE s.oid = {oid})"
    return f"CASE WHEN {oid} <> 0 THEN {named} END AS tablespace"


def _set_by_people(options: str) -> str:
    """The options of a column that somebody set. Minor versions of November 2026 stamp each column
    with one of their own (`pg_attver`), which nobody can set and pg_dump leaves out."""
    set_by_people = f"(SELECT array_agg(i ORDER BY i) FROM unnest({options}) i WHERE i !~ '^pg_')"
    return f"""CASE WHEN cardinality({options}) > 1 OR NOT {options}[1] ^@ 'pg_'
                    THEN {set_by_people} END"""


# By which keys the rows of a family are in order; of the others it means nothing.
ORDERS = {
    "column": "oid_table, oid_number",
    "rule": "oid_table, kind, oid",
    "index": "oid",
}
_SCHEMAS = "n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'"
_NAMES = 'n.nspname AS "schema", c.relname AS "table"'
_OF_CLASS = "JOIN pg_class c ON c.oid = {} JOIN pg_namespace n ON n.oid = c.relnamespace"
_OWNED = "pg_get_userbyid({0}owner) AS owner, " + _sorted("{0}acl") + " AS grants"


def _holder(prefix: str) -> str:
    return _OWNED.format(prefix)


def queries(version: int, *, is_superuser: bool, sealed: bool = False) -> Mapping[str, str]:
    """Return the query of each family, for a server of this version (150018). For a seal,
    definitions need not be words: something that tells as much may take their place."""
    return {
        **_relations(version, sealed),
        **_programs(version),
        **_types(),
        **_replication(version, is_superuser),
        **_foreign(),
        **_rare(version),
        "comment": _comments_on_parts(),
    }


def _index_without_words() -> str:
    """All that the printed definition of an index on plain columns says. To print it, the server
    looks through all operator classes for each key; those that it has itself have fixed numbers,
    and so have its collations."""
    names = """(SELECT array_agg(a.attname ORDER BY k.place)
                    FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place)
                    JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number)"""
    name = """(SELECT ARRAY[a.attname] FROM pg_attribute a
                    WHERE a.attrelid = x.indrelid AND a.attnum = x.indkey[0])"""
    return f"""CASE WHEN x.indexprs IS NULL AND x.indpred IS NULL AND part.has_options IS NOT TRUE
                    AND 16384 > ALL (x.indclass::oid[])
                    AND x.indcollation::oid[] <@ ARRAY[0, 100, 950, 951]::oid[]
                THEN ROW(i.relkind, x.indnullsnotdistinct, x.indclass, x.indcollation,
                    CASE WHEN x.indnatts = 1 THEN {name} ELSE {names} END)::text
                ELSE pg_get_indexdef(i.oid) END"""


def _relations(version: int, sealed: bool) -> dict[str, str]:
    named_not_null = "NULL::text"
    not_null_state = "NULL::text"
    not_null_constraint = ""
    if version >= 180000:
        not_null_constraint = """
            LEFT JOIN pg_constraint o ON o.conrelid = c.oid AND o.contype = 'n'
                AND o.conkey[1] = a.attnum"""
        named_not_null = "o.conname"
        not_null_state = """nullif(concat_ws(' ', CASE WHEN o.connoinherit THEN 'NO INHERIT' END,
                CASE WHEN NOT o.convalidated THEN 'NOT VALID' END), '')"""
    return {
        "schema": f"""
            SELECT n.oid, n.nspname AS name, {_holder("n.nsp")}
            FROM pg_namespace n WHERE {_SCHEMAS} AND {_own("pg_namespace", "n.oid")}""",
        "extension": """
            SELECT x.oid, x.extname AS name, n.nspname AS "schema", x.extversion AS version,
                x.extrelocatable AS oid_is_relocatable
            FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace""",
        "table": f"""
            SELECT c.oid, c.reltype AS oid_type,
                (SELECT y.typarray FROM pg_type y WHERE y.oid = c.reltype) AS oid_array,
                {_NAMES}, c.relkind AS kind, c.relpersistence AS persistence,
                pg_get_partkeydef(c.oid) AS partition_key,
                pg_get_expr(c.relpartbound, c.oid) AS partition_bound,
                CASE WHEN c.relispartition THEN pg_get_partition_constraintdef(c.oid) END
                    AS oid_partition_rule,
                (SELECT array_agg(a.attname::text ORDER BY a.attnum)
                    FROM pg_depend d JOIN pg_attribute a ON a.attrelid = d.objid
                        AND a.attnum = d.objsubid
                    WHERE c.relkind = 'p' AND d.classid = 'pg_class'::regclass
                        AND d.objid = c.oid AND d.refclassid = d.classid AND d.refobjid = c.oid
                        AND d.refobjsubid = 0 AND d.deptype = 'i') AS oid_key_columns,
                (SELECT array_agg(i.inhparent::regclass::text ORDER BY i.inhseqno)
                    FROM pg_inherits i WHERE i.inhrelid = c.oid) AS parents,
                CASE WHEN c.reloftype <> 0 THEN format_type(c.reloftype, NULL) END AS of_type,
                {_sorted("c.reloptions")} AS parameters,
                {_sorted("toast.reloptions")} AS toast_parameters,
                (SELECT nullif(m.amname, 'heap') FROM pg_am m WHERE m.oid = c.relam) AS method,
                {_tablespace("c.reltablespace")},
                -- the index that it names may be gone: then it tells of no row
                CASE WHEN c.relreplident = 'i' AND NOT EXISTS (SELECT FROM pg_index x
                    WHERE x.indrelid = c.oid AND x.indisreplident) THEN 'n'
                    ELSE c.relreplident END AS replica_identity,
                c.relrowsecurity AS row_security,
                c.relforcerowsecurity AS force_row_security,
                s.srvname AS server, {_sorted("f.ftoptions")} AS server_options,
                CASE WHEN c.relispartition THEN (SELECT array_agg(o.conname::text)
                    FROM pg_constraint o JOIN pg_constraint p ON p.oid = o.conparentid
                    WHERE o.conrelid = c.oid AND o.contype = 'f' AND p.conrelid <> c.oid) END
                    AS oid_foreign_keys,
                {_holder("c.rel")}
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            LEFT JOIN pg_class toast ON toast.oid = c.reltoastrelid
            LEFT JOIN pg_foreign_table f ON f.ftrelid = c.oid
            LEFT JOIN pg_foreign_server s ON s.oid = f.ftserver
            WHERE c.relkind IN ('r', 'p', 'f') AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
        "column": f"""
            SELECT c.oid AS oid_table, d.oid AS oid_default, a.attnum AS oid_number,
                c.relkind = 'f' AS oid_is_foreign, {_NAMES},
                a.attname AS name, format_type(a.atttypid, a.atttypmod) AS type,
                a.attnotnull AS not_null, {named_not_null} AS not_null_name,
                {not_null_state} AS not_null_state,
                -- only what is generated speaks of its table, which costs its being opened
                pg_get_expr(d.adbin, CASE WHEN a.attgenerated = '' THEN 0 ELSE d.adrelid END)
                    AS "default",
                -- from 17 on those of partitions say it, too, and count with the whole
                CASE WHEN c.relispartition THEN '' ELSE a.attidentity END AS identity,
                a.attgenerated AS generated,
                CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text
                    END AS collation,
                nullif(a.attstorage, t.typstorage) AS storage,
                nullif(a.attcompression, '') AS compression,
                nullif(coalesce(a.attstattarget, -1), -1) AS statistics,
                {_set_by_people("a.attoptions")} AS parameters,
                {_sorted("a.attfdwoptions")} AS server_options,
                a.attislocal AS is_local, a.attinhcount AS inherited,
                {_sorted("a.attacl")} AS grants
            FROM pg_attribute a {_OF_CLASS.format("a.attrelid")}
            JOIN pg_type t ON t.oid = a.atttypid
            LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
            {not_null_constraint}
            WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'f')
                AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
        "rule": f"""
            SELECT o.oid, c.oid AS oid_table, o.conindid AS oid_index, {_NAMES},
                o.conname AS name,
                o.contype AS kind, pg_get_constraintdef(o.oid) AS definition,
                o.convalidated AS is_valid, o.contype = 'c' AND o.connoinherit AS no_inherit,
                o.conislocal AS is_local, o.coninhcount > 0 AS inherited,
                coalesce(p.conrelid::regclass::text || '.' || quote_ident(p.conname),
                    h.inhparent::regclass::text) AS parent,
                CASE o.contype WHEN 'c' THEN pg_get_expr(o.conbin, o.conrelid) END AS expression,
                (SELECT array_agg(a.attname::text ORDER BY k.place)
                    FROM unnest(o.conkey) WITH ORDINALITY k (number, place)
                    JOIN pg_attribute a ON a.attrelid = o.conrelid AND a.attnum = k.number)
                    AS columns,
                tn.nspname AS target_schema, t.relname AS target,
                (SELECT array_agg(a.attname::text ORDER BY k.place)
                    FROM unnest(o.confkey) WITH ORDINALITY k (number, place)
                    JOIN pg_attribute a ON a.attrelid = o.confrelid AND a.attnum = k.number)
                    AS target_columns,
                nullif(o.confdeltype, ' ') AS on_delete, nullif(o.confupdtype, ' ') AS on_update,
                nullif(o.confmatchtype, ' ') AS match, o.condeferrable AS deferrable,
                o.condeferred AS deferred,
                CASE WHEN o.contype IN ('p', 'u', 'x') THEN {_sorted("i.reloptions")} END
                    AS parameters,
                {_tablespace("CASE WHEN o.contype IN ('p', 'u', 'x') THEN i.reltablespace END")},
                o.contype IN ('p', 'u', 'x') AND x.indisclustered AS is_clustered,
                o.contype IN ('p', 'u', 'x') AND x.indisreplident AS is_replica_identity
            FROM pg_constraint o {_OF_CLASS.format("o.conrelid")}
            LEFT JOIN pg_class t ON t.oid = o.confrelid
            LEFT JOIN pg_namespace tn ON tn.oid = t.relnamespace
            LEFT JOIN pg_class i ON i.oid = o.conindid
            LEFT JOIN pg_index x ON x.indexrelid = o.conindid
            LEFT JOIN pg_constraint p ON p.oid = o.conparentid
            LEFT JOIN pg_inherits h ON h.inhrelid = o.conindid AND h.inhseqno = 1
            WHERE o.contype IN ('p', 'u', 'f', 'c', 'x') AND {_SCHEMAS}
                AND (o.conparentid = 0 OR o.contype <> 'f') AND {_own("pg_class", "c.oid")}""",
        "index": f"""
            SELECT i.oid, {_NAMES}, i.relname AS name,
                {_index_without_words() if sealed else "pg_get_indexdef(i.oid)"} AS definition,
                x.indisunique AS is_unique, x.indisvalid AS is_valid,
                x.indisclustered AS is_clustered, x.indisreplident AS is_replica_identity,
                m.amname AS method, pg_get_expr(x.indpred, x.indrelid) AS predicate,
                {_sorted("i.reloptions")} AS parameters,
                {_tablespace("i.reltablespace")},
                h.inhparent::regclass::text AS parent, part.statistics,
                (SELECT array_agg(coalesce(a.attname::text,
                        '=' || pg_get_indexdef(i.oid, k.place::int, true)) ORDER BY k.place)
                    FROM unnest(x.indkey::int2[]) WITH ORDINALITY k (number, place)
                    LEFT JOIN pg_attribute a ON a.attrelid = x.indrelid AND a.attnum = k.number
                        AND k.number <> 0) AS keys,
                x.indnkeyatts AS key_count, x.indoption::int2[] AS orders
            FROM pg_index x JOIN pg_class i ON i.oid = x.indexrelid
            {_OF_CLASS.format("x.indrelid")} JOIN pg_am m ON m.oid = i.relam
            LEFT JOIN pg_inherits h ON h.inhrelid = i.oid AND h.inhseqno = 1
            LEFT JOIN (SELECT a.attrelid, array_agg(a.attnum || ':' || a.attstattarget
                    ORDER BY a.attnum) FILTER (WHERE a.attstattarget >= 0) AS statistics,
                    bool_or(a.attoptions IS NOT NULL) AS has_options
                FROM pg_attribute a JOIN pg_index y ON y.indexrelid = a.attrelid
                WHERE a.attstattarget >= 0 OR a.attoptions IS NOT NULL GROUP BY a.attrelid) part
                ON part.attrelid = i.oid
            WHERE {_SCHEMAS} AND {_own("pg_class", "c.oid")} AND NOT EXISTS (
                SELECT FROM pg_constraint o WHERE o.conindid = i.oid
                    AND o.contype IN ('p', 'u', 'x'))""",
        "view": f"""
            SELECT c.oid, r.oid AS oid_rule, c.reltype AS oid_type,
                (SELECT y.typarray FROM pg_type y WHERE y.oid = c.reltype) AS oid_array,
                (SELECT y.typarray FROM pg_type y WHERE y.oid = c.reltype) AS oid_array,
                {_NAMES}, c.relkind AS kind,
                pg_get_viewdef(c.oid) AS definition, {_sorted("c.reloptions")} AS parameters,
                (SELECT array_agg(ARRAY[a.attname::text, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attcollation <> t.typcollation
                        THEN a.attcollation::regcollation::text ELSE '' END] ORDER BY a.attnum)
                    FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
                    WHERE a.attrelid = c.oid AND a.attnum > 0) AS columns,
                (SELECT array_agg(ARRAY[a.attname::text, pg_get_expr(d.adbin, d.adrelid)]
                    ORDER BY a.attnum) FROM pg_attrdef d JOIN pg_attribute a
                    ON a.attrelid = d.adrelid AND a.attnum = d.adnum
                    WHERE d.adrelid = c.oid) AS defaults,
                (SELECT nullif(m.amname, 'heap') FROM pg_am m WHERE m.oid = c.relam) AS method,
                {_tablespace("c.reltablespace")},
                c.relispopulated AS is_filled, {_holder("c.rel")}
            FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
            JOIN pg_rewrite r ON r.ev_class = c.oid AND r.rulename = '_RETURN'
            WHERE c.relkind IN ('v', 'm') AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
        "sequence": f"""
            SELECT c.oid, {_NAMES}, s.seqtypid::regtype::text AS type, s.seqstart AS start,
                s.seqincrement AS increment, s.seqmin AS minimum, s.seqmax AS maximum,
                s.seqcache AS cache, s.seqcycle AS cycle, c.relpersistence AS persistence,
                d.deptype AS bond, d.refobjid AS oid_owner, d.refobjsubid AS oid_column,
                d.refobjid::regclass::text || '.' || quote_ident(a.attname) AS owned_by,
                {_holder("c.rel")}
            FROM pg_sequence s {_OF_CLASS.format("s.seqrelid")}
            LEFT JOIN pg_depend d ON d.classid = 'pg_class'::regclass AND d.objid = c.oid
                AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
            LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
            WHERE {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
        "statistics": f"""
            SELECT s.oid, n.nspname AS "schema", s.stxname AS name,
                -- the server prints columns in the order in which they came to the table
                (SELECT coalesce(replace(pg_get_statisticsobjdef(s.oid),
                        ' ON ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attnum),
                        ' ON ' || string_agg(quote_ident(a.attname), ', ' ORDER BY a.attname)),
                        pg_get_statisticsobjdef(s.oid))
                    FROM pg_attribute a WHERE a.attrelid = s.stxrelid
                        AND a.attnum = ANY (s.stxkeys::int2[])) AS definition,
                nullif(coalesce(s.stxstattarget, -1), -1) AS target,
                pg_get_userbyid(s.stxowner) AS owner
            FROM pg_statistic_ext s JOIN pg_namespace n ON n.oid = s.stxnamespace
            WHERE {_SCHEMAS}""",
        "trigger": f"""
            SELECT g.oid, {_NAMES}, g.tgname AS name, pg_get_triggerdef(g.oid) AS definition,
                g.tgenabled AS enabled
            FROM pg_trigger g {_OF_CLASS.format("g.tgrelid")}
            WHERE NOT g.tgisinternal AND g.tgparentid = 0 AND {_SCHEMAS}
                AND {_own("pg_class", "c.oid")}""",
        "rewrite": f"""
            SELECT r.oid, {_NAMES}, r.rulename AS name, pg_get_ruledef(r.oid) AS definition,
                r.ev_enabled AS enabled
            FROM pg_rewrite r {_OF_CLASS.format("r.ev_class")}
            WHERE r.rulename <> '_RETURN' AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
        "policy": f"""
            SELECT p.oid, {_NAMES}, p.polname AS name, p.polcmd AS command,
                p.polpermissive AS is_permissive, pg_get_expr(p.polqual, p.polrelid) AS "using",
                pg_get_expr(p.polwithcheck, p.polrelid) AS with_check,
                (SELECT array_agg(CASE WHEN r = 0 THEN 'public'
                    ELSE pg_get_userbyid(r)::text END ORDER BY 1) FROM unnest(p.polroles) r)
                    AS roles
            FROM pg_policy p {_OF_CLASS.format("p.polrelid")}
            WHERE {_SCHEMAS} AND {_own("pg_class", "c.oid")}""",
    }


def _comments_on_parts() -> str:
    """Of what is no object of its own: a partition's part of a key or a trigger, the sequence of an
    identity, a NOT NULL, and the family that comes with an operator class."""
    on_table = f"format('%s %I ON %s', {{0}}, c.oid::regclass) AS name, {_NAMES}"
    return f"""
        SELECT o.oid, {on_table.format("'CONSTRAINT', o.conname")}, d.description AS text,
            d.classoid::regclass::text AS oid_catalog,
            (WITH RECURSIVE up AS (SELECT o.oid, o.conparentid UNION ALL
                SELECT p.oid, p.conparentid FROM up JOIN pg_constraint p ON p.oid = up.conparentid)
                SELECT up.oid FROM up WHERE up.conparentid = 0) AS oid_of, 0 AS oid_sub
        FROM pg_description d JOIN pg_constraint o ON o.oid = d.objoid
        {_OF_CLASS.format("o.conrelid")}
        WHERE d.classoid = 'pg_constraint'::regclass AND o.contype = 'f' AND o.conparentid <> 0
            AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}
        UNION ALL SELECT o.oid, {on_table.format("'CONSTRAINT', o.conname")}, d.description,
            'pg_class', o.conrelid, o.conkey[1]
        FROM pg_description d JOIN pg_constraint o ON o.oid = d.objoid
        {_OF_CLASS.format("o.conrelid")}
        WHERE d.classoid = 'pg_constraint'::regclass AND o.contype = 'n'
            AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}
        UNION ALL SELECT g.oid, {on_table.format("'TRIGGER', g.tgname")}, d.description,
            'pg_trigger',
            (WITH RECURSIVE up AS (SELECT g.oid, g.tgparentid UNION ALL
                SELECT p.oid, p.tgparentid FROM up JOIN pg_trigger p ON p.oid = up.tgparentid)
                SELECT up.oid FROM up WHERE up.tgparentid = 0), 0
        FROM pg_description d JOIN pg_trigger g ON g.oid = d.objoid {_OF_CLASS.format("g.tgrelid")}
        WHERE d.classoid = 'pg_trigger'::regclass AND g.tgparentid <> 0
            AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}
        UNION ALL SELECT s.oid, format('SEQUENCE %s', s.oid::regclass), {_NAMES}, d.description,
            'pg_class', c.oid, b.refobjsubid
        FROM pg_description d JOIN pg_class s ON s.oid = d.objoid
        JOIN pg_depend b ON b.classid = d.classoid AND b.objid = s.oid AND b.deptype = 'i'
            AND b.refclassid = d.classoid
        {_OF_CLASS.format("b.refobjid")}
        WHERE d.classoid = 'pg_class'::regclass AND d.objsubid = 0 AND s.relkind = 'S'
            AND {_SCHEMAS} AND {_own("pg_class", "c.oid")}
        UNION ALL SELECT f.oid, format('OPERATOR FAMILY %I.%I USING %I', n.nspname, f.opfname,
            m.amname), n.nspname, NULL, d.description, 'pg_opclass', o.oid, 0
        FROM pg_description d JOIN pg_opfamily f ON f.oid = d.objoid
        JOIN pg_namespace n ON n.oid = f.opfnamespace JOIN pg_am m ON m.oid = f.opfmethod
        JOIN pg_opclass o ON o.opcfamily = f.oid AND o.opcname = f.opfname
            AND o.opcnamespace = f.opfnamespace
        WHERE d.classoid = 'pg_opfamily'::regclass AND {_SCHEMAS}
            AND {_own("pg_opfamily", "f.oid")}"""


def _programs(version: int) -> dict[str, str]:
    arguments = """(SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY u.place)
                    FROM unnest(p.proargtypes) WITH ORDINALITY u (type, place))"""
    return {
        "function": f"""
            SELECT p.oid, n.nspname AS "schema",
                p.proname || '(' || coalesce({arguments}, '') || ')' AS name, p.prokind AS kind,
                CASE WHEN p.prokind <> 'a' THEN pg_get_functiondef(p.oid) END AS definition,
                concat_ws(' returns ', pg_get_function_arguments(p.oid),
                    pg_get_function_result(p.oid)) AS head,
                l.lanname AS language, {_holder("p.pro")}
            FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
            JOIN pg_language l ON l.oid = p.prolang
            WHERE {_SCHEMAS} AND {_own("pg_proc", "p.oid")} AND NOT EXISTS (
                SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass
                    AND d.objid = p.oid AND d.deptype = 'i')""",
        "aggregate": f"""
            SELECT p.oid AS oid_function, g.aggkind AS kind,
                quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '('
                    || CASE WHEN g.aggkind = 'n' AND pg_get_function_arguments(p.oid) = ''
                        THEN '*' ELSE pg_get_function_arguments(p.oid) END || ')' AS head,
                g.aggtransfn::regproc::text AS sfunc, g.aggtranstype::regtype::text AS stype,
                g.aggtransspace AS sspace, nullif(g.aggfinalfn, 0)::regproc::text AS finalfunc,
                g.aggfinalextra AS finalextra, g.aggfinalmodify AS finalmodify,
                nullif(g.aggcombinefn, 0)::regproc::text AS combinefunc,
                nullif(g.aggserialfn, 0)::regproc::text AS serialfunc,
                nullif(g.aggdeserialfn, 0)::regproc::text AS deserialfunc,
                g.agginitval AS initcond, nullif(g.aggmtransfn, 0)::regproc::text AS msfunc,
                nullif(g.aggminvtransfn, 0)::regproc::text AS minvfunc,
                CASE WHEN g.aggmtranstype <> 0 THEN g.aggmtranstype::regtype::text END AS mstype,
                g.aggmtransspace AS msspace, nullif(g.aggmfinalfn, 0)::regproc::text AS mfinalfunc,
                g.aggmfinalextra AS mfinalextra, g.aggmfinalmodify AS mfinalmodify,
                g.aggminitval AS minitcond, p.proparallel AS parallel,
                (SELECT 'OPERATOR(' || quote_ident(on_.nspname) || '.' || o.oprname || ')'
                    FROM pg_operator o JOIN pg_namespace on_ ON on_.oid = o.oprnamespace
                    WHERE o.oid = g.aggsortop) AS sortop
            FROM pg_aggregate g JOIN pg_proc p ON p.oid = g.aggfnoid
            JOIN pg_namespace n ON n.oid = p.pronamespace
            WHERE {_SCHEMAS} AND {_own("pg_proc", "p.oid")}""",
        "event trigger": f"""
            SELECT e.oid, e.evtname AS name, e.evtevent AS event, e.evttags AS tags,
                e.evtfoid::regproc::text AS function, e.evtenabled AS enabled,
                pg_get_userbyid(e.evtowner) AS owner
            FROM pg_event_trigger e WHERE {_own("pg_event_trigger", "e.oid")}""",
        "language": f"""
            SELECT l.oid, l.lanname AS name, l.lanpltrusted AS is_trusted,
                nullif(l.lanplcallfoid, 0)::regproc::text AS handler,
                nullif(l.laninline, 0)::regproc::text AS inline,
                nullif(l.lanvalidator, 0)::regproc::text AS validator, {_holder("l.lan")}
            FROM pg_language l WHERE l.oid >= 16384 AND {_own("pg_language", "l.oid")}""",
    }


def _types() -> dict[str, str]:
    return {
        "type": f"""
            SELECT t.oid, t.typrelid AS oid_relation, t.typarray AS oid_array,
                n.nspname AS "schema", t.typname AS name, t.typtype AS kind,
                (SELECT array_agg(e.enumlabel::text ORDER BY e.enumsortorder)
                    FROM pg_enum e WHERE e.enumtypid = t.oid) AS labels,
                (SELECT array_agg(ARRAY[a.attname::text, format_type(a.atttypid, a.atttypmod),
                    CASE WHEN a.attcollation <> y.typcollation
                        THEN a.attcollation::regcollation::text ELSE '' END] ORDER BY a.attnum)
                    FROM pg_attribute a JOIN pg_type y ON y.oid = a.atttypid
                    WHERE a.attrelid = t.typrelid AND a.attnum > 0 AND NOT a.attisdropped)
                    AS attributes,
                CASE t.typtype WHEN 'd' THEN format_type(t.typbasetype, t.typtypmod) END AS base,
                t.typtype = 'd' AND t.typnotnull AS not_null,
                CASE t.typtype WHEN 'd' THEN pg_get_expr(t.typdefaultbin, 0) END AS "default",
                CASE WHEN t.typtype = 'd' AND t.typcollation <> (
                    SELECT b.typcollation FROM pg_type b WHERE b.oid = t.typbasetype)
                    THEN t.typcollation::regcollation::text END AS collation,
                (SELECT array_agg(o.oid) FROM pg_constraint o WHERE o.contypid = t.oid)
                    AS oid_checks,
                (SELECT array_agg(ARRAY[o.conname::text, pg_get_constraintdef(o.oid),
                    coalesce(obj_description(o.oid, 'pg_constraint'), '')] ORDER BY o.conname)
                    FROM pg_constraint o WHERE o.contypid = t.oid AND o.contype = 'c') AS checks,
                r.rngsubtype::regtype::text AS subtype, r.rngmultitypid AS oid_multirange,
                (SELECT m.typarray FROM pg_type m WHERE m.oid = r.rngmultitypid)
                    AS oid_multirange_array,
                (SELECT quote_ident(mn.nspname) || '.' || quote_ident(m.typname) FROM pg_type m
                    JOIN pg_namespace mn ON mn.oid = m.typnamespace
                    WHERE m.oid = r.rngmultitypid) AS multirange,
                (SELECT quote_ident(cn.nspname) || '.' || quote_ident(oc.opcname)
                    FROM pg_opclass oc JOIN pg_namespace cn ON cn.oid = oc.opcnamespace
                    WHERE oc.oid = r.rngsubopc AND NOT oc.opcdefault) AS subtype_opclass,
                CASE WHEN r.rngcollation <> (
                    SELECT s.typcollation FROM pg_type s WHERE s.oid = r.rngsubtype)
                    THEN r.rngcollation::regcollation::text END AS range_collation,
                nullif(r.rngcanonical::oid, 0)::regproc::text AS canonical,
                nullif(r.rngsubdiff::oid, 0)::regproc::text AS subtype_diff,
                CASE WHEN t.typtype = 'b' THEN concat_ws(', ', 'INPUT = ' || t.typinput::regproc,
                    'OUTPUT = ' || t.typoutput::regproc,
                    'RECEIVE = ' || nullif(t.typreceive, 0)::regproc,
                    'SEND = ' || nullif(t.typsend, 0)::regproc,
                    'TYPMOD_IN = ' || nullif(t.typmodin, 0)::regproc,
                    'TYPMOD_OUT = ' || nullif(t.typmodout, 0)::regproc,
                    'ANALYZE = ' || nullif(t.typanalyze, 0)::regproc,
                    'INTERNALLENGTH = ' || CASE t.typlen WHEN -1 THEN 'variable'
                        ELSE t.typlen::text END,
                    CASE WHEN t.typbyval THEN 'PASSEDBYVALUE' END,
                    'ALIGNMENT = ' || CASE t.typalign WHEN 'c' THEN 'char' WHEN 's' THEN 'int2'
                        WHEN 'i' THEN 'int4' ELSE 'double' END,
                    'STORAGE = ' || CASE t.typstorage WHEN 'p' THEN 'plain' WHEN 'e'
                        THEN 'external' WHEN 'x' THEN 'extended' ELSE 'main' END,
                    'CATEGORY = ' || quote_literal(t.typcategory::text),
                    CASE WHEN t.typispreferred THEN 'PREFERRED = true' END,
                    'DEFAULT = ' || quote_literal(t.typdefault),
                    'ELEMENT = ' || nullif(t.typelem, 0)::regtype,
                    'DELIMITER = ' || quote_literal(t.typdelim::text),
                    CASE WHEN t.typcollation <> 0 THEN 'COLLATABLE = true' END) END
                    AS base_definition, {_holder("t.typ")}
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            LEFT JOIN pg_class c ON c.oid = t.typrelid LEFT JOIN pg_range r ON r.rngtypid = t.oid
            WHERE {_SCHEMAS} AND (t.typrelid = 0 OR c.relkind = 'c') AND t.typtype <> 'm'
                AND t.typisdefined AND NOT EXISTS (SELECT FROM pg_type e WHERE e.typarray = t.oid)
                AND {_own("pg_type", "t.oid")}""",
    }


def _replication(version: int, is_superuser: bool) -> dict[str, str]:
    connection = "s.subconninfo" if is_superuser else "NULL::text"
    generated = ", p.pubgencols::text AS generated" if version >= 180000 else ""
    return {
        "publication": f"""
            SELECT p.oid, (SELECT array_agg(r.oid) FROM pg_publication_rel r
                    WHERE r.prpubid = p.oid) AS oid_tables,
                (SELECT array_agg(s.oid) FROM pg_publication_namespace s
                    WHERE s.pnpubid = p.oid) AS oid_schemas, p.pubname AS name,
                p.puballtables AS is_all,
                concat_ws(', ', CASE WHEN p.pubinsert THEN 'insert' END,
                    CASE WHEN p.pubupdate THEN 'update' END,
                    CASE WHEN p.pubdelete THEN 'delete' END,
                    CASE WHEN p.pubtruncate THEN 'truncate' END) AS operations,
                p.pubviaroot AS via_root,
                (SELECT array_agg(r.prrelid::regclass::text
                    || coalesce(' (' || (SELECT string_agg(quote_ident(a.attname), ', '
                        ORDER BY a.attnum) FROM pg_attribute a WHERE a.attrelid = r.prrelid
                        AND a.attnum = ANY (r.prattrs)) || ')', '')
                    || coalesce(' WHERE (' || pg_get_expr(r.prqual, r.prrelid) || ')', '')
                    ORDER BY r.prrelid::regclass::text)
                    FROM pg_publication_rel r WHERE r.prpubid = p.oid) AS tables,
                (SELECT array_agg(quote_ident(n.nspname) ORDER BY n.nspname)
                    FROM pg_publication_namespace s JOIN pg_namespace n ON n.oid = s.pnnspid
                    WHERE s.pnpubid = p.oid) AS schemas,
                pg_get_userbyid(p.pubowner) AS owner{generated}
            FROM pg_publication p WHERE {_own("pg_publication", "p.oid")}""",
        "subscription": f"""
            SELECT s.oid, s.subname AS name, s.subenabled AS is_enabled,
                {connection} AS connection, s.subpublications AS publications,
                s.subslotname AS slot,
                s.subsynccommit AS synchronous_commit, s.subbinary AS is_binary,
                pg_get_userbyid(s.subowner) AS owner
            FROM pg_subscription s
            WHERE s.subdbid = (SELECT d.oid FROM pg_database d
                WHERE d.datname = current_database())""",
    }


def _foreign() -> dict[str, str]:
    return {
        "foreign data wrapper": f"""
            SELECT w.oid, w.fdwname AS name, nullif(w.fdwhandler, 0)::regproc::text AS handler,
                nullif(w.fdwvalidator, 0)::regproc::text AS validator,
                {_sorted("w.fdwoptions")} AS options, {_holder("w.fdw")}
            FROM pg_foreign_data_wrapper w
            WHERE {_own("pg_foreign_data_wrapper", "w.oid")}""",
        "server": f"""
            SELECT s.oid, s.srvname AS name, w.fdwname AS wrapper, s.srvtype AS type,
                s.srvversion AS version, {_sorted("s.srvoptions")} AS options, {_holder("s.srv")}
            FROM pg_foreign_server s JOIN pg_foreign_data_wrapper w ON w.oid = s.srvfdw
            WHERE {_own("pg_foreign_server", "s.oid")}""",
        "user mapping": f"""
            SELECT u.umid AS oid, u.srvname AS server,
                CASE u.umuser WHEN 0 THEN 'PUBLIC' ELSE quote_ident(u.usename) END AS name,
                {_sorted("u.umoptions")} AS options
            FROM pg_user_mappings u""",
    }


def _members(catalog: str, holder: str, oid: str) -> str:
    """What an operator class or family is made of: its functions are needed by these."""
    return f"""(SELECT array_agg(d.objid) FROM pg_depend d
                    WHERE d.classid = '{catalog}'::regclass
                        AND d.refclassid = '{holder}'::regclass AND d.refobjid = {oid})"""


def _rare(version: int) -> dict[str, str]:
    locale = "NULL::text"
    rules = "NULL::text"
    if version >= 160000:
        rules = "l.collicurules"
    if version >= 170000:
        locale = "l.colllocale"
    elif version >= 150000:
        locale = "l.colliculocale"
    return {
        "cast": f"""
            SELECT k.oid, k.castsource::regtype::text AS source,
                k.casttarget::regtype::text AS target,
                nullif(k.castfunc, 0)::regprocedure::text AS function, k.castcontext AS context,
                k.castmethod AS method
            FROM pg_cast k WHERE k.oid >= 16384 AND {_own("pg_cast", "k.oid")}
                AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_cast'::regclass
                    AND d.objid = k.oid AND d.deptype = 'i')""",
        "default privileges": """
            SELECT a.oid, pg_get_userbyid(a.defaclrole) AS role,
                CASE a.defaclobjtype WHEN 'r' THEN 'TABLES' WHEN 'S' THEN 'SEQUENCES'
                    WHEN 'f' THEN 'FUNCTIONS' WHEN 'T' THEN 'TYPES' WHEN 'n' THEN 'SCHEMAS'
                    ELSE 'LARGE OBJECTS' END AS objects,
                (SELECT n.nspname FROM pg_namespace n WHERE n.oid = a.defaclnamespace) AS place,
                (SELECT array_agg(i::text ORDER BY i::text) FROM unnest(a.defaclacl) i) AS grants
            FROM pg_default_acl a""",
        "operator": f"""
            SELECT o.oid, n.nspname AS "schema", o.oprname AS symbol,
                nullif(o.oprleft, 0)::regtype::text AS "left", o.oprright::regtype::text AS "right",
                nullif(o.oprcode::oid, 0)::regproc::text AS function,
                (SELECT 'OPERATOR(' || quote_ident(m.nspname) || '.' || x.oprname || ')'
                    FROM pg_operator x JOIN pg_namespace m ON m.oid = x.oprnamespace
                    WHERE x.oid = o.oprcom) AS commutator,
                (SELECT 'OPERATOR(' || quote_ident(m.nspname) || '.' || x.oprname || ')'
                    FROM pg_operator x JOIN pg_namespace m ON m.oid = x.oprnamespace
                    WHERE x.oid = o.oprnegate) AS negator,
                nullif(o.oprrest::oid, 0)::regproc::text AS restrict,
                nullif(o.oprjoin::oid, 0)::regproc::text AS "join", o.oprcanhash AS hashes,
                o.oprcanmerge AS merges, pg_get_userbyid(o.oprowner) AS owner
            FROM pg_operator o JOIN pg_namespace n ON n.oid = o.oprnamespace
            WHERE {_SCHEMAS} AND {_own("pg_operator", "o.oid")}""",
        "operator family": f"""
            SELECT f.oid, {_members("pg_amop", "pg_opfamily", "f.oid")} AS oid_operators,
                {_members("pg_amproc", "pg_opfamily", "f.oid")} AS oid_functions,
                n.nspname AS "schema", f.opfname AS name, m.amname AS method,
                (SELECT array_agg('OPERATOR ' || x.amopstrategy || ' '
                    || x.amopopr::regoperator ORDER BY x.amopstrategy, x.amopopr::regoperator::text)
                    FROM pg_amop x WHERE x.amopfamily = f.oid AND NOT EXISTS (
                        SELECT FROM pg_depend d WHERE d.classid = 'pg_amop'::regclass
                            AND d.objid = x.oid AND d.refclassid = 'pg_opclass'::regclass))
                    AS operators,
                (SELECT array_agg('FUNCTION ' || x.amprocnum || ' (' || format_type(
                    x.amproclefttype, NULL) || ', ' || format_type(x.amprocrighttype, NULL)
                    || ') ' || x.amproc::regprocedure ORDER BY x.amprocnum,
                    x.amproc::regprocedure::text)
                    FROM pg_amproc x WHERE x.amprocfamily = f.oid AND NOT EXISTS (
                        SELECT FROM pg_depend d WHERE d.classid = 'pg_amproc'::regclass
                            AND d.objid = x.oid AND d.refclassid = 'pg_opclass'::regclass))
                    AS functions,
                EXISTS (SELECT FROM pg_opclass o WHERE o.opcfamily = f.oid
                    AND o.opcname = f.opfname AND o.opcnamespace = f.opfnamespace) AS is_implied,
                pg_get_userbyid(f.opfowner) AS owner
            FROM pg_opfamily f JOIN pg_namespace n ON n.oid = f.opfnamespace
            JOIN pg_am m ON m.oid = f.opfmethod
            WHERE {_SCHEMAS} AND {_own("pg_opfamily", "f.oid")}""",
        "operator class": f"""
            SELECT o.oid, {_members("pg_amop", "pg_opclass", "o.oid")} AS oid_operators,
                {_members("pg_amproc", "pg_opclass", "o.oid")} AS oid_functions,
                n.nspname AS "schema", o.opcname AS name, m.amname AS method,
                o.opcintype::regtype::text AS type, o.opcdefault AS is_default,
                CASE WHEN o.opckeytype <> 0 THEN o.opckeytype::regtype::text END AS storage,
                quote_ident(fn.nspname) || '.' || quote_ident(f.opfname) AS family,
                f.opfname = o.opcname AND f.opfnamespace = o.opcnamespace AS is_own_family,
                (SELECT array_agg('OPERATOR ' || x.amopstrategy || ' '
                    || x.amopopr::regoperator || CASE x.amoppurpose WHEN 'o' THEN ' FOR ORDER BY '
                    || (SELECT quote_ident(sn.nspname) || '.' || quote_ident(sf.opfname)
                        FROM pg_opfamily sf JOIN pg_namespace sn ON sn.oid = sf.opfnamespace
                        WHERE sf.oid = x.amopsortfamily) ELSE '' END
                    ORDER BY x.amopstrategy, x.amopopr::regoperator::text)
                    FROM pg_amop x JOIN pg_depend d ON d.classid = 'pg_amop'::regclass
                        AND d.objid = x.oid AND d.refclassid = 'pg_opclass'::regclass
                        AND d.refobjid = o.oid) AS operators,
                (SELECT array_agg('FUNCTION ' || x.amprocnum || ' (' || format_type(
                    x.amproclefttype, NULL) || ', ' || format_type(x.amprocrighttype, NULL)
                    || ') ' || x.amproc::regprocedure ORDER BY x.amprocnum,
                    x.amproc::regprocedure::text)
                    FROM pg_amproc x JOIN pg_depend d ON d.classid = 'pg_amproc'::regclass
                        AND d.objid = x.oid AND d.refclassid = 'pg_opclass'::regclass
                        AND d.refobjid = o.oid) AS functions,
                pg_get_userbyid(o.opcowner) AS owner
            FROM pg_opclass o JOIN pg_namespace n ON n.oid = o.opcnamespace
            JOIN pg_am m ON m.oid = o.opcmethod JOIN pg_opfamily f ON f.oid = o.opcfamily
            JOIN pg_namespace fn ON fn.oid = f.opfnamespace
            WHERE {_SCHEMAS} AND {_own("pg_opclass", "o.oid")}""",
        "collation": f"""
            SELECT l.oid, n.nspname AS "schema", l.collname AS name, l.collprovider AS provider,
                l.collisdeterministic AS is_deterministic, l.collcollate AS lc_collate,
                l.collctype AS lc_ctype, {locale} AS locale, {rules} AS rules,
                l.collprovider = 'c' AND l.collencoding < 0 AS is_for_any_encoding,
                pg_get_userbyid(l.collowner) AS owner
            FROM pg_collation l JOIN pg_namespace n ON n.oid = l.collnamespace
            WHERE {_SCHEMAS} AND {_own("pg_collation", "l.oid")}""",
        "text search dictionary": f"""
            SELECT d.oid, n.nspname AS "schema", d.dictname AS name,
                quote_ident(tn.nspname) || '.' || quote_ident(t.tmplname) AS template,
                d.dictinitoption AS options, pg_get_userbyid(d.dictowner) AS owner
            FROM pg_ts_dict d JOIN pg_namespace n ON n.oid = d.dictnamespace
            JOIN pg_ts_template t ON t.oid = d.dicttemplate
            JOIN pg_namespace tn ON tn.oid = t.tmplnamespace
            WHERE {_SCHEMAS} AND {_own("pg_ts_dict", "d.oid")}""",
        "text search configuration": f"""
            SELECT c.oid, n.nspname AS "schema", c.cfgname AS name,
                quote_ident(pn.nspname) || '.' || quote_ident(p.prsname) AS parser,
                (SELECT array_agg(ARRAY[t.alias, t.dictionaries] ORDER BY t.alias) FROM (
                    SELECT k.alias, string_agg(m.mapdict::regdictionary::text, ', '
                        ORDER BY m.mapseqno) AS dictionaries
                    FROM pg_ts_config_map m JOIN LATERAL ts_token_type(c.cfgparser) k
                        ON k.tokid = m.maptokentype
                    WHERE m.mapcfg = c.oid GROUP BY k.alias) t) AS mappings,
                pg_get_userbyid(c.cfgowner) AS owner
            FROM pg_ts_config c JOIN pg_namespace n ON n.oid = c.cfgnamespace
            JOIN pg_ts_parser p ON p.oid = c.cfgparser
            JOIN pg_namespace pn ON pn.oid = p.prsnamespace
            WHERE {_SCHEMAS} AND {_own("pg_ts_config", "c.oid")}""",
        "unread": f"""
            SELECT 'conversion' AS kind, n.nspname || '.' || v.conname AS name
            FROM pg_conversion v JOIN pg_namespace n ON n.oid = v.connamespace WHERE {_SCHEMAS}
            UNION ALL SELECT 'access method', a.amname FROM pg_am a
            WHERE a.oid >= 16384 AND {_own("pg_am", "a.oid")}
            UNION ALL SELECT 'transform', t.trftype::regtype::text FROM pg_transform t
            WHERE {_own("pg_transform", "t.oid")}
            UNION ALL SELECT 'text search parser', n.nspname || '.' || p.prsname
            FROM pg_ts_parser p JOIN pg_namespace n ON n.oid = p.prsnamespace WHERE {_SCHEMAS}
                AND {_own("pg_ts_parser", "p.oid")}
            UNION ALL SELECT 'text search template', n.nspname || '.' || p.tmplname
            FROM pg_ts_template p JOIN pg_namespace n ON n.oid = p.tmplnamespace WHERE {_SCHEMAS}
                AND {_own("pg_ts_template", "p.oid")}
            UNION ALL SELECT 'shell type', n.nspname || '.' || t.typname
            FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace
            WHERE NOT t.typisdefined AND {_SCHEMAS} AND {_own("pg_type", "t.oid")}
            UNION ALL SELECT 'security label', s.objname FROM pg_seclabels s""",
    }


COMMENTS = """
    SELECT d.classoid::regclass::text AS catalog, d.objoid AS oid, d.objsubid AS sub,
        d.description AS text
    FROM pg_description d
    WHERE (d.objoid >= 16384 OR d.classoid = 'pg_namespace'::regclass)
        AND d.classoid <> 'pg_extension'::regclass AND NOT EXISTS (
            SELECT FROM pg_depend e WHERE e.classid = d.classoid AND e.objid = d.objoid
                AND e.deptype = 'e')
"""

NEEDS = """
    SELECT d.classid::regclass::text AS catalog, d.objid AS oid, d.objsubid AS sub,
        d.refclassid::regclass::text AS needed_catalog, d.refobjid AS needed_oid,
        d.refobjsubid AS needed_sub, d.deptype AS type
    FROM pg_depend d WHERE d.objid >= 16384 AND d.deptype <> 'e'
        AND (d.refobjid >= 16384 OR d.refclassid = 'pg_namespace'::regclass)
"""

MEMBERS = """
    SELECT d.classid::regclass::text AS catalog, d.objid AS oid, d.refobjid AS extension
    FROM pg_depend d WHERE d.deptype = 'e' AND d.refclassid = 'pg_extension'::regclass
"""
