#!/usr/bin/env bash
# Builds the empty function on aws-lambda-cpp, AWS's own C++ runtime, into the given directory.
# Its source ships inside the sdist of PyPI's awslambdaric. None of it enters this repository.
#   bench/peers/aws_lambda_cpp/build.sh <work-directory>    → <work-directory>/aws_lambda_cpp_empty
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
version=4.0.1
work=${1:?usage: build.sh <work-directory>}
mkdir -p "$work"
work=$(cd "$work" && pwd)
program=$work/aws_lambda_cpp_empty
[ -x "$program" ] && { echo "$program"; exit 0; }

# pip unpacks an sdist before it asks it for metadata, which for this package means building curl and
# fails without autotools. The unpacked source is all that is wanted, so the failure does not matter.
if ! compgen -G "$work/aws-lambda-cpp-*/CMakeLists.txt" >/dev/null; then
  mkdir -p "$work/pip"
  TMPDIR=$work/pip python3 -m pip download --quiet --no-clean --no-deps --no-binary :all: \
    --dest "$work/pip" "awslambdaric==$version" >"$work/pip.log" 2>&1 || true
  archive=$(find "$work/pip" -name 'aws-lambda-cpp-*.tar.gz' | head -n 1)
  [ -n "$archive" ] || { echo "error: awslambdaric $version could not be fetched, see $work/pip.log" >&2; exit 1; }
  tar -xzf "$archive" -C "$work"
  rm -rf "$work/pip"
fi
source=$(dirname "$(find "$work" -maxdepth 2 -path '*/aws-lambda-cpp-*/CMakeLists.txt' | head -n 1)")

cmake -S "$source" -B "$work/build" -DCMAKE_BUILD_TYPE=Release -DENABLE_LTO=OFF \
  -DCMAKE_INSTALL_PREFIX="$work/prefix" >"$work/build.log" 2>&1
cmake --build "$work/build" --target install >>"$work/build.log" 2>&1
g++ -std=c++20 -O2 "$here/empty.cpp" -I"$work/prefix/include" -L"$work/prefix/lib" -o "$program" \
  -laws-lambda-runtime -lcurl
echo "$program"
