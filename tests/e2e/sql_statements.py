"""Prints, for each script, its statements as PostgreSQL's parser reads them, bodies of blocks included."""

import json
import sys

from pglast import ast, parse_plpgsql, parse_sql


def grantees(node):
    return ",".join(role.rolename for role in node)


def privileges(node):
    if not node.privileges:
        return "all"
    words = []
    for privilege in node.privileges:
        columns = ",".join(column.sval for column in privilege.cols or ())
        words.append(privilege.priv_name + (f"({columns})" if columns else ""))
    return ",".join(words)


def objects(node):
    kind = node.objtype.name.removeprefix("OBJECT_").lower()
    names = [
        f"{one.schemaname}.{one.relname}" if isinstance(one, ast.RangeVar) else f"{kind} {one.sval}"
        for one in node.objects
    ]
    return ",".join(names)


def told(node):
    if isinstance(node, ast.DoStmt):
        body = next(arg.arg.sval for arg in node.args if arg.defname == "as")
        # The language of the body is read by its own parser.
        parse_plpgsql(f"CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $body${body}$body$;")
        return "do"
    if isinstance(node, ast.GrantRoleStmt):
        roles = ",".join(role.priv_name for role in node.granted_roles)
        return f"grant role {roles} to {grantees(node.grantee_roles)}"
    if isinstance(node, ast.GrantStmt):
        assert not node.grant_option
        verb, to = ("grant", "to") if node.is_grant else ("revoke", "from")
        return f"{verb} {privileges(node)} on {objects(node)} {to} {grantees(node.grantees)}"
    if isinstance(node, ast.AlterRoleSetStmt):
        value = node.setstmt.args[0].val.sval
        return f"set {node.setstmt.name}={value} of {node.role.rolename}"
    return f"unexpected {type(node).__name__}"


scripts = []
for path in sys.argv[1:]:
    with open(path, encoding="utf-8") as script:
        scripts.append([told(raw.stmt) for raw in parse_sql(script.read())])
print(json.dumps(scripts))
