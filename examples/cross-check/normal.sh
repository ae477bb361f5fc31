#!/bin/sh
# Builds normal.c and runs it on every case: sh normal.sh CASES RESULTS [exact]
set -e
here=$(cd "$(dirname "$0")" && pwd)
mkdir -p "$2"
cc -O2 -Wall -Wextra -ffp-contract=off -o "$2/normal-program" "$here/normal.c" -lm
for case in "$1"/normal/*; do
  to="$2/normal/$(basename "$case")"
  mkdir -p "$to"
  "$2/normal-program" "$case" "$to" $3
done
