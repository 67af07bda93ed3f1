"""Whether everything that runs with Shequ may be shipped with it.

Reads what is installed, from `shequ` down through its run-time dependencies, and what the pages
bundle, from their lock file. The rules, and each exception with its reason, are in licences.toml.
"""

import json
import re
import sys
import tomllib
from collections.abc import Iterator
from importlib.metadata import Distribution, distribution
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

HERE = Path(__file__).parent
PAGES_LOCK = HERE.parent / "dashboard" / "web" / "package-lock.json"

Rules = dict[str, Any]


def main() -> int:
    """Print a verdict; 1 if something may not be shipped or an exception is no longer needed."""
    rules = tomllib.loads((HERE / "licences.toml").read_text("utf-8"))
    found = dict(python_licences(rules)) | dict(page_licences())
    bad = {name: terms for name, terms in found.items() if not is_allowed(name, terms, rules)}
    unused = {
        name: "an exception that nothing needs"
        for name in rules["exceptions"]
        if name not in found or is_allowed("", found[name], rules)
    }
    for name, terms in sorted((bad | unused).items()):
        print(f"{name}: {terms}. Replace it, or decide in .ci/licences.toml and say why.")
    if not bad and not unused:
        print(f"licences: {len(found)} packages run with Shequ, all of them may be shipped with it")
    return 1 if bad or unused else 0


def python_licences(rules: Rules) -> Iterator[tuple[str, str]]:
    """Name and licence of each package that runs with ours."""
    for name, package in sorted(run_time("shequ", frozenset(), {}).items()):
        yield name, licence_of(package, rules["spelling"])


def run_time(
    name: str, extras: frozenset[str], seen: dict[str, Distribution]
) -> dict[str, Distribution]:
    """The package and everything that it needs, by name."""
    package = distribution(name)
    seen[canonicalize_name(name)] = package
    for needed in map(Requirement, package.requires or []):
        if is_needed(needed, extras) and canonicalize_name(needed.name) not in seen:
            run_time(needed.name, frozenset(needed.extras), seen)
    return seen


def is_needed(needed: Requirement, extras: frozenset[str]) -> bool:
    """Whether the requirement holds on this system with these extras."""
    marker = needed.marker
    return marker is None or any(marker.evaluate({"extra": extra}) for extra in extras | {""})


def licence_of(package: Distribution, spelling: dict[str, str]) -> str:
    """The licence in SPDX terms where the package says it, in its own words otherwise."""
    said = package.metadata.json
    if expression := said.get("license_expression"):
        return str(expression)
    named = [line for line in said.get("classifier", []) if line.startswith("License :: OSI")]
    terms = [line.rsplit(" :: ", 1)[1] for line in named]
    if not terms:  # some state the name alone, some the whole text below the name
        terms = str(said.get("license") or "no licence stated").splitlines()[:1]
    return " AND ".join(spelling.get(term, term) for term in terms)


def page_licences() -> Iterator[tuple[str, str]]:
    """Name and licence of each package that the pages bundle."""
    packages = json.loads(PAGES_LOCK.read_text("utf-8"))["packages"]
    for place, entry in packages.items():
        if place and not entry.get("dev"):
            yield f"npm {place.removeprefix('node_modules/')}", entry.get("license", "not stated")


def is_allowed(name: str, terms: str, rules: Rules) -> bool:
    """Whether one of the alternatives (OR) is made of allowed licences only (AND)."""
    if name in rules["exceptions"]:
        return True
    alternatives = re.split(r"\s+OR\s+", terms.strip("()"))
    return any(
        all(part.strip("() ") in rules["allowed"] for part in re.split(r"\s+AND\s+", alternative))
        for alternative in alternatives
    )


if __name__ == "__main__":
    sys.exit(main())
