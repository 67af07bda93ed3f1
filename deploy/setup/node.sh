#!/usr/bin/env bash
# Prints the folder of a Node that can build the pages (20.19 or later).
# Debian 12 ships Node 18: then Node comes as a locked wheel into build/node, and nothing else changes.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."

fits() {
  "$1" -e 'const [a, b] = process.versions.node.split(".").map(Number);
           process.exit(a > 20 || (a === 20 && b >= 19) ? 0 : 1)' 2>/dev/null
}

if command -v npm >/dev/null && command -v node >/dev/null && fits node; then
  dirname "$(command -v node)"
  exit
fi
own="$PWD/build/node"
if ! [[ -x $own/bin/npm ]] || ! fits "$own/bin/node"; then
  echo "no Node 20.19 or later here: taking one from deploy/setup/node.lock into build/node" >&2
  "${PYTHON:-python3}" -m venv --clear "$own" >&2
  "$own/bin/python" -m pip install --quiet --require-hashes -r deploy/setup/node.lock >&2
fi
echo "$own/bin"
