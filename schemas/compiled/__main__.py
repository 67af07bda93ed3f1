"""`python -m schemas.compiled`: compile now what would be compiled at first use, and say where."""

import sys

from schemas.compiled.library import library


def main() -> int:
    """0 where the C part is there, 1 where fastavro does the work."""
    found = library()
    if found.native is None:
        sys.stderr.write(f"no compiled decoder, fastavro reads: {found.missing}\n")
        return 1
    sys.stdout.write(f"{found.path}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
