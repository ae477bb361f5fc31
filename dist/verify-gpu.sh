#!/bin/sh
# Verifies the CUDA back end on this machine: ./verify-gpu.sh [FOLDER]. Needs a driver; compute-sanitizer and a python3
# with torch are used where they are found. Everything printed goes to FOLDER too (gpu-results), status 1 where a part
# fails.
set -u
home=$(cd "$(dirname "$0")" && pwd -P) || exit 1
out=${1:-gpu-results}
mkdir -p "$out" || exit 1
failed=

# part NAME COMMAND...: runs it, keeps what it prints
part() {
  name=$1
  shift
  echo "== $name: $*"
  "$@" >"$out/$name.txt" 2>&1
  status=$?
  tail -n 15 "$out/$name.txt"
  [ $status = 0 ] || failed="$failed $name"
}

{ date -u && uname -a && nvidia-smi; } >"$out/machine.txt" 2>&1
part info "$home/tweedie" info --json
part check "$home/tweedie" check --backend cuda
part bench "$home/tweedie" bench --backend cuda --json "$out/bench.json"
if command -v compute-sanitizer >/dev/null; then
  for tool in memcheck racecheck initcheck; do
    # java starts threads and maps memory of its own: only what the device does is looked at
    part "$tool" compute-sanitizer --tool "$tool" --target-processes all --error-exitcode 9 \
      "$home/tweedie" check --backend cuda
  done
else
  echo "== no compute-sanitizer on the path: memory, races and initialisation are not checked"
fi
if python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null; then
  part pytorch python3 "$home/compare_pytorch.py"
else
  echo "== no torch with CUDA in python3: not compared"
fi
[ -z "$failed" ] || { echo "FAILED:$failed (see $out)"; exit 1; }
echo "all parts pass (see $out)"
