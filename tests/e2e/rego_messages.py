"""Prints what another engine finds by policies in a plan: {"package.rule": [messages]}.

Usage: rego_messages.py PLAN.json DATA.json POLICY.rego...
"""

import json
import re
import sys

from regopy import Interpreter


def text(key):
    """A message: a text, or an object with one."""
    if isinstance(key, str) and key.startswith("{"):
        key = json.loads(key)
    return key["msg"] if isinstance(key, dict) else key


def main(plan, data, *policies):
    plan, data = json.load(open(plan)), json.load(open(data))
    found = {}
    for policy in policies:
        source = open(policy).read()
        # It takes `deny[msg]` of Rego 0 for a map of the same keys.
        engine = Interpreter()
        engine.add_module(policy, source)
        engine.add_data(data)
        engine.set_input(plan)
        package = re.search(r"^package (.*)$", source, re.M)[1]
        excepted = engine.query(f"data.{package}.exception") if re.search(r"^exception\b", source, re.M) else None
        excepted = set(re.findall(r"\w+", str(excepted)))
        for rule in sorted(set(re.findall(r"^((?:deny|violation|warn)(?:_\w+)?)\b", source, re.M))):
            output = engine.query(f"data.{package}.{rule}")
            if not output.ok():
                raise SystemExit(f"{policy}: {rule}: {output}")
            value = json.loads(str(output))["expressions"][0] if output.results else []
            messages = sorted(text(key) for key in value)
            if "_" in rule and rule.split("_", 1)[1] in excepted:
                messages = []
            found[f"{package}.{rule}"] = messages
    print(json.dumps(found, sort_keys=True))


main(*sys.argv[1:])
