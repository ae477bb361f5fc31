#!/bin/sh
# Verifies the CUDA back end on this machine: ./verify-gpu.sh [FOLDER]. Needs a driver; compute-sanitizer and a python3
# with torch are used where they are found. What is printed goes to FOLDER (gpu-results) too, and together to its
# results.md, for bench/results. Status 1 where a part fails, 2 where there is no device.
set -u
home=$(cd "$(dirname "$0")" && pwd -P) || exit 1
tweedie=$home/tweedie
[ -d "$home/runtime" ] || tweedie=$home/../tweedie # a source tree: its launcher builds
out=${1:-gpu-results}
failed=

why=$("$tweedie" info --backend cuda 2>&1 >/dev/null) || {
  printf 'nothing is verified: %s\n' "$(printf '%s\n' "$why" | tail -n 1)" >&2
  exit 2
}
mkdir -p "$out" || exit 1

# note TITLE FILE LINES: the end of a file as a block of results.md
note() {
  printf '\n## %s\n\n```\n%s\n```\n' "$1" "$(tail -n "$3" "$2")" >>"$out/results.md"
}

# part NAME LINES COMMAND...: runs it, keeps what it prints, shows and notes its end
part() {
  name=$1
  lines=$2
  shift 2
  echo "== $name: $*"
  "$@" >"$out/$name.txt" 2>&1
  status=$?
  tail -n 15 "$out/$name.txt"
  note "$name: status $status" "$out/$name.txt" "$lines"
  [ "$status" = 0 ] || failed="$failed $name"
}

{ date -u && uname -srm && nvidia-smi -L && nvidia-smi --query-gpu=driver_version --format=csv,noheader; } \
  >"$out/machine.txt" 2>&1
printf '# CUDA, by verify-gpu.sh\n' >"$out/results.md"
note machine "$out/machine.txt" 20
part info 60 "$tweedie" info
part check 3 "$tweedie" check --backend cuda
part bench 80 "$tweedie" bench --backend cuda --json "$out/bench.json"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck; do
    # the launcher is a shell; small sizes, since each instruction costs tens of others; cuBLAS is not ours to check
    part "$tool" 4 compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9 \
      "$tweedie" check --backend cuda --numerics exact --quick
  done
else
  echo "== no compute-sanitizer on the path: memory, races and initialisation are not checked" | tee -a "$out/results.md"
fi
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  part pytorch 20 python3 "$home/compare_pytorch.py"
else
  echo "== no torch with CUDA in python3: not compared" | tee -a "$out/results.md"
fi
[ -z "$failed" ] || { echo "FAILED:$failed (see $out)"; exit 1; }
echo "all parts pass (see $out/results.md)"
