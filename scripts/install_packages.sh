#!/usr/bin/env bash
# Installs the Debian packages listed in the given files that are not installed yet, and says so.
#   scripts/install_packages.sh scripts/packages/build.txt …
set -euo pipefail

installed() { [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ]; }
known() { apt-cache show "$1" >/dev/null 2>&1; }

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null; then sudo "$@"
  else
    echo "error: installing packages needs root. Run as root, install sudo, or install these yourself: ${missing[*]}" >&2
    exit 1
  fi
}

if ! command -v apt-get >/dev/null; then
  echo "warning: no apt-get here; assuming that the packages of $* are installed" >&2
  exit 0
fi

wanted=()
for file in "$@"; do
  while IFS= read -r line; do
    line=${line%%#*}
    line=${line//[[:space:]]/}
    [ -n "$line" ] && wanted+=("$line")
  done <"$file"
done

# A line is satisfied by any of its alternatives; only what is missing costs an apt-get update.
missing=()
for line in "${wanted[@]}"; do
  IFS='|' read -ra alternatives <<<"$line"
  found=
  for package in "${alternatives[@]}"; do
    if installed "$package"; then found=yes; break; fi
  done
  [ -n "$found" ] || missing+=("$line")
done
[ ${#missing[@]} -gt 0 ] || exit 0

echo "Installing with apt: ${missing[*]}"
as_root apt-get update -qq
packages=()
for line in "${missing[@]}"; do
  IFS='|' read -ra alternatives <<<"$line"
  chosen=
  for package in "${alternatives[@]}"; do
    if known "$package"; then chosen=$package; break; fi
  done
  if [ -z "$chosen" ]; then
    echo "error: none of these packages is known to apt here: ${alternatives[*]} (supported: Debian 12, Ubuntu 24.04)" >&2
    grep -qs '^ID=ubuntu' /etc/os-release &&
      echo "  to do: most of them are in Ubuntu's universe: sudo add-apt-repository universe" >&2
    exit 1
  fi
  packages+=("$chosen")
done
as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${packages[@]}" >/dev/null
