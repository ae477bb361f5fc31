#!/bin/sh
# nvcc, as it is called: compile.sh nvcc ARGUMENTS. What ptxas reports of registers, spills and shared memory goes beside
# the object, to OBJECT.ptxas, where tests read it (test/spills.cmake); anything else is shown.
for argument; do
  [ "$before" = -o ] && object=$argument
  before=$argument
done
report=$object.ptxas
"$@" 2>"$report"
status=$?
[ $status = 0 ] && sed '/^ptxas info/d; /^  *[0-9][0-9]* bytes /d' "$report" >&2 || cat "$report" >&2
exit $status
