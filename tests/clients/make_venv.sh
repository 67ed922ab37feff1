#!/bin/sh
# make_venv.sh PYTHON DIRECTORY REQUIREMENTS: a virtual environment with exactly these packages. Does nothing when it
# is there already with the same requirements.
set -eu
python=$1 directory=$2 requirements=$3

if cmp -s "$requirements" "$directory/installed.txt"; then
  exit 0
fi
rm -rf "$directory"
"$python" -m venv "$directory" || {
  echo "cannot make a virtual environment: install python3-venv (apt-get install python3-venv)" >&2
  exit 1
}
"$directory/bin/pip" install --quiet --disable-pip-version-check -r "$requirements"
cp "$requirements" "$directory/installed.txt"
