#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh BUILDS TARGET SECONDS: fuzzes a target of the preset `fuzz` and prints a row for LOG.md.
# Seeds, corpus and findings are kept in BUILDS. Fails at the first finding. Ctrl-C ends a run early.
set -euo pipefail
readonly interrupted=72 # libFuzzer's exit code
builds=$(realpath "${1:?usage: run.sh BUILDS TARGET SECONDS}")
target=${2:?} seconds=${3:?}
here=$(dirname "${BASH_SOURCE[0]}")
corpus=$builds/corpus/$target seeds=$builds/seeds/$target findings=$builds/findings
log=$(mktemp)
trap 'rm -f "$log"' EXIT

inputs=("$corpus" "$seeds")
[ ! -d "$here/$target" ] || inputs+=("$here/$target")
[ -d "$seeds" ] || "$here/seeds.sh" "$target" "$seeds"
mkdir -p "$corpus" "$findings"
TIMEFORMAT='%U %S'
status=0
{ time nice -n 19 "$builds/fuzz/tests/fuzz/fuzz_$target" -max_total_time="$seconds" -timeout=100 \
    -max_len=8192 -print_final_stats=1 -artifact_prefix="$findings/$target-" \
    "${inputs[@]}" >"$log" 2>&1; } 2>"$log.time" || status=$?
read -r user system <<<"$(tail -n 1 "$log.time")"
rm -f "$log.time"
[ $status -ne $interrupted ] || status=0
[ $status -eq 0 ] || grep -vE '^#[0-9]+' "$log" | head -n 60 >&2
awk -v target="$target" -v user="$user" -v sys="$system" -v status=$status \
    -v date="$(date -u +%F)" -v revision="$(git -C "$here" rev-parse --short HEAD)" '
    match($0, /cov: [0-9]+/) { cov = substr($0, RSTART + 5, RLENGTH - 5) }
    /number_of_executed_units/ { runs = $2 }
    END { printf "| %s | %s | %s | %.0f | %s | %s | %s |\n", date, target, revision, user + sys, runs, cov,
          status ? "FOUND" : "none" }' "$log"
exit $status
