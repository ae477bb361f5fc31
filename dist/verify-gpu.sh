#!/bin/sh
# Verifies the CUDA back end on this machine: verify-gpu.sh [-o FOLDER] [-t SECONDS] [PART...]
#
#   info        devices, driver, cuBLAS
#   check       every op and case in exact mode: the host's bits
#   fast        the same in fast mode: its stated errors; skipped without what it needs
#   bench       times beside this machine's roofs; fails where a result disagrees
#   memcheck racecheck initcheck synccheck
#               small cases under that tool of compute-sanitizer; skipped where it is not installed
#   pytorch     the same work in PyTorch, and the ratio to bench's times; skipped without torch and CUDA in python3
#
# Without parts all of them, in this order, each within SECONDS (600). What they print goes to FOLDER (gpu-results), their
# ends and every line that tells of a failure to its results.md, for bench/results. Needs a driver alone.
#
# Status 0 where all parts pass, 1 where one fails or takes too long, 2 where there is no device or the arguments are
# wrong, 3 where nothing fails and a part was skipped.
set -u
home=$(cd "$(dirname "$0")" && pwd -P) || exit 1
tweedie=$home/tweedie
[ -d "$home/runtime" ] || tweedie=$home/../tweedie # a source tree: its launcher builds
every='info check fast bench memcheck racecheck initcheck synccheck pytorch'
out=gpu-results
limit=600

refuse() {
  printf 'verify-gpu.sh: %s\n' "$1" >&2
  exit 2
}

while getopts o:t: option; do
  case $option in
    o) out=$OPTARG ;;
    t) limit=$OPTARG ;;
    *) refuse 'allowed: [-o FOLDER] [-t SECONDS] [PART...]' ;;
  esac
done
shift $((OPTIND - 1))
case $limit in
  '' | *[!0-9]* | 0) refuse "-t: found $limit, allowed: a whole number of seconds from 1 on" ;;
esac
for name in "$@"; do
  case " $every " in
    *" $name "*) ;;
    *) refuse "part: found $name, allowed: $every" ;;
  esac
done
[ $# -gt 0 ] || set -- $every

# PyTorch's wheels keep cuBLAS in a folder that no loader looks into.
found=$(python3 - 2>/dev/null <<'END'
import glob, importlib.util, os
for name in ("nvidia", "torch"):
    spec = importlib.util.find_spec(name)
    for root in (spec.submodule_search_locations if spec else []):
        for library in sorted(glob.glob(os.path.join(root, "**", "libcublas.so.1[23]"), recursive=True), reverse=True):
            print(os.path.dirname(library))
END
)
found=$(printf '%s\n' "$found" | head -n 1)
[ -z "$found" ] || export LD_LIBRARY_PATH="${LD_LIBRARY_PATH:+$LD_LIBRARY_PATH:}$found"

why=$("$tweedie" info --backend cuda 2>&1 >/dev/null) || {
  printf 'nothing is verified: %s\n' "$(printf '%s\n' "$why" | tail -n 1)" >&2
  exit 2
}
mkdir -p "$out" || exit 1
failed=
skipped=

# note TITLE TEXT: a block of results.md
note() {
  printf '\n## %s\n\n```\n%s\n```\n' "$1" "$2" >>"$out/results.md"
}

# ends FILE LINES: what tells of a failure anywhere in it, then its end
ends() {
  grep -n -e '^FAIL' -e 'DISAGREES' -e 'ERROR SUMMARY: [^0]' -e '^=\{9\} .*\(Invalid\|Race\|hazard\|Uninit\|Barrier\)' "$1" | head -n 200
  tail -n "$2" "$1"
}

# part LINES COMMAND...: runs it, keeps what it prints, notes how it ends; $name names it
part() {
  lines=$1
  shift
  echo "== $name: $*"
  timeout -k 10 "$limit" "$@" >"$out/$name.txt" 2>&1
  status=$?
  tail -n 15 "$out/$name.txt"
  said="status $status"
  case $status in
    0) ;;
    124 | 137) said="stopped after $limit s" failed="$failed $name" ;;
    *) failed="$failed $name" ;;
  esac
  note "$name: $said" "$(ends "$out/$name.txt" "$lines")"
}

skip() {
  echo "== $name: skipped: $1"
  note "$name: skipped" "$1"
  skipped="$skipped $name"
}

sanitizer() {
  for folder in $(printf '%s' "$PATH" | tr ':' ' ') /usr/local/cuda/bin /usr/local/cuda/compute-sanitizer \
    /usr/local/cuda-*/bin /opt/nvidia/cuda/bin /opt/nvidia/compute-sanitizer; do
    [ -x "$folder/compute-sanitizer" ] && printf '%s\n' "$folder/compute-sanitizer" && return
  done
  return 1
}

run_part() {
  name=$1
  case $name in
    info) part 60 "$tweedie" info ;;
    check) part 3 "$tweedie" check --backend cuda --numerics exact ;;
    fast)
      why=$("$tweedie" check --backend cuda --numerics fast --op apply --quick 2>&1)
      [ $? != 2 ] || { skip "$(printf '%s\n' "$why" | tail -n 1)"; return; }
      part 3 "$tweedie" check --backend cuda --numerics fast
      grep -q '^ok' "$out/fast.txt" || failed="$failed fast" # nothing ran
      ;;
    bench) part 80 "$tweedie" bench --backend cuda --json "$out/bench.json" ;;
    *check)
      tool=$(sanitizer) || { skip 'no compute-sanitizer on the path or where CUDA puts it'; return; }
      # the launcher is a shell; small sizes, since each instruction costs tens of others; cuBLAS is not ours to check
      part 4 "$tool" --tool "$name" --target-processes all --error-exitcode 9 \
        "$tweedie" check --backend cuda --numerics exact --quick
      ;;
    pytorch)
      python3 -c 'import torch, sys; sys.exit(not torch.cuda.is_available())' 2>/dev/null ||
        { skip 'no torch with CUDA in python3'; return; }
      times=
      [ ! -s "$out/bench.json" ] || times=$out/bench.json
      part 40 python3 "$home/compare_pytorch.py" ${times:+"$times"}
      ;;
  esac
}

{ date -u && uname -srm && nvidia-smi -L && nvidia-smi --query-gpu=driver_version --format=csv,noheader; } \
  >"$out/machine.txt" 2>&1
printf '# CUDA, by verify-gpu.sh %s\n' "$*" >"$out/results.md"
note machine "$(cat "$out/machine.txt")"
for part in "$@"; do run_part "$part"; done

echo "== what is said above is in $out/results.md" 
if [ -n "$failed" ]; then
  echo "FAILED:$failed${skipped:+; skipped:$skipped}" | tee -a "$out/results.md"
  exit 1
elif [ -n "$skipped" ]; then
  echo "nothing fails, but skipped:$skipped" | tee -a "$out/results.md"
  exit 3
fi
echo "all parts pass: $*" | tee -a "$out/results.md"
