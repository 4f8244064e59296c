"""Refuses dependencies whose licence we cannot ship under, given `cargo metadata` on stdin."""

import json
import re
import sys

ALLOWED = {
    "0BSD",
    "Apache-2.0",
    "Apache-2.0 WITH LLVM-exception",
    "BSD-1-Clause",
    "BSD-2-Clause",
    "BSD-3-Clause",
    "BSL-1.0",
    "CDLA-Permissive-2.0",
    "ISC",
    "MIT",
    "MIT-0",
    "MPL-2.0",
    "Unicode-3.0",
    "Unicode-DFS-2016",
    "Unlicense",
    "Zlib",
}


def is_allowed(expression):
    """Whether an SPDX expression can be met with allowed licences; `/` is an old OR."""
    tokens = re.findall(r"\(|\)|[^\s()]+", expression.replace("/", " OR "))

    def any_of():
        met = all_of()
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            met = all_of() or met
        return met

    def all_of():
        met = one()
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            met = one() and met
        return met

    def one():
        if not tokens:
            return False
        token = tokens.pop(0)
        if token == "(":
            met = any_of()
            return bool(tokens) and tokens.pop(0) == ")" and met
        if len(tokens) > 1 and tokens[0] == "WITH":
            token += " WITH " + tokens[1]
            del tokens[:2]
        return token in ALLOWED

    return any_of() and not tokens


def main():
    assert is_allowed("MIT OR (Apache-2.0 AND LGPL-3.0)") and is_allowed("MIT/Apache-2.0")
    assert not is_allowed("MIT AND LGPL-3.0") and not is_allowed("") and not is_allowed("MIT MIT")
    packages = json.load(sys.stdin)["packages"]
    refused = [it for it in packages if not is_allowed(it["license"] or "")]
    for it in refused:
        print(f"{it['name']} {it['version']}: licence {it['license']!r} is not on the list")
    print(f"{len(packages) - len(refused)} of {len(packages)} packages have an allowed licence")
    names = sorted(it["name"] for it in packages)
    twice = sorted({name for name in names if names.count(name) > 1})
    print(f"in several versions: {', '.join(twice) or 'none'}")
    return 1 if refused else 0


if __name__ == "__main__":
    sys.exit(main())
