#!/usr/bin/env bash
# Checks for what comes from the system: Python 3.11+, Java 17+, Maven, and PostgreSQL, which the demo
# does without (SQLite) where it cannot be installed; with --tests PostgreSQL for sure, Chromium, what
# drives it, a Chinese font, libfaketime, and a C compiler for what is compiled from the schemas.
# Root on Debian or Ubuntu: installs what is missing. Anybody else is told the command.
# Node is looked after by node.sh: the system's if it is new enough, otherwise a locked wheel.
set -euo pipefail

missing=()

need() { # need PACKAGE CHECK...
  local package=$1
  shift
  if ! "$@" >/dev/null 2>&1; then missing+=("$package"); fi
}

python_fits() {
  "${PYTHON:-python3}" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 11))'
}

java_fits() {
  local said
  said=$("${JAVA_HOME:+$JAVA_HOME/bin/}java" -version 2>&1)
  [[ $said =~ version\ \"([0-9]+) ]] && ((BASH_REMATCH[1] >= 17))
}

has() { command -v "$1"; }
headers_fit() {
  "${PYTHON:-python3}" -c 'import pathlib, sys, sysconfig
sys.exit(not (pathlib.Path(sysconfig.get_path("include")) / "Python.h").exists())'
}
chromium_fits() { has chromium || has chromium-browser || has google-chrome; }
atomic_fits() { [[ $(PATH=$PATH:/sbin ldconfig -p) == *libatomic.so.1* ]]; } # for Playwright's driver
postgres_fits() { has postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres'; }
font_fits() { has fc-list && [[ -n $(fc-list :lang=zh-cn) ]]; }

need python3-venv python_fits
need default-jre-headless java_fits
need maven has mvn
if [[ ${1:-} == --tests ]] || { ((EUID == 0)) && has apt-get >/dev/null; }; then
  need postgresql postgres_fits
fi
if [[ ${1:-} == --tests ]]; then
  need chromium chromium_fits
  need libatomic1 atomic_fits
  need gcc has cc # without one, tests of the compiled decoder are skipped
  need libc6-dev test -e /usr/include/stdio.h
  need python3-dev headers_fit
  need faketime has faketime # the clock of one process, put wrong
  need fontconfig has fc-list
  need fonts-noto-cjk font_fits
fi

if ((${#missing[@]} == 0)); then exit 0; fi

install="apt-get update && apt-get install --yes --no-install-recommends ${missing[*]}"
if ! has apt-get >/dev/null; then
  echo "missing: ${missing[*]} (Debian's names). Install them with this system's package manager." >&2
  exit 1
fi
if ((EUID != 0)); then
  echo "missing: ${missing[*]}. Run this, then make again:" >&2
  echo "  sudo sh -c '$install'" >&2
  exit 1
fi

echo "installing: ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
apt-get update -qq
apt-get install -qq --yes --no-install-recommends "${missing[@]}"
missing=()
need python3-venv python_fits
need default-jre-headless java_fits
need maven has mvn
if ((${#missing[@]} > 0)); then
  echo "still too old or missing after installing: ${missing[*]}." >&2
  echo "Needed: Python 3.11+, Java 17+, Maven. Point PYTHON and JAVA_HOME at newer ones." >&2
  exit 1
fi
