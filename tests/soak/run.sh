#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# run.sh BUILDS SECONDS SEED: runs the soak tests of the presets `dev` and `tsan` one after the other,
# for SECONDS each. Prints a row for tests/fuzz/LOG.md after each. If a test found something, run.sh
# says how to run it again, and fails at the end.
set -euo pipefail
builds=$(realpath "${1:?usage: run.sh BUILDS SECONDS SEED}")
seconds=${2:?} seed=${3:?}
here=$(dirname "${BASH_SOURCE[0]}")
revision=$(git -C "$here" rev-parse --short HEAD)
log=$(mktemp)
trap 'rm -f "$log"' EXIT
failed=0
for preset in dev tsan; do
    for noun in calls kills stores; do
        start=$SECONDS findings=none
        TENCH="$builds/$preset/tench" nice -n 19 "$builds/$preset/tests/soak/soak_$noun" "$seed" "$seconds" \
            >"$log" 2>&1 || findings=FOUND
        [ "$findings" = none ] || {
            failed=1
            tail -n 60 "$log" >&2
            echo "soak: set TENCH=$builds/$preset/tench; soak_$noun is in $builds/$preset/tests/soak" >&2
        }
        n=$(sed -n 's/.*: \([0-9]*\) sequences.*/\1/p' "$log")
        printf '| %s | %s | %s | %s | %s | %d | %s | %s |\n' "$(date -u +%F)" "$noun" "$preset" "$revision" \
            "$seed" $((SECONDS - start)) "${n:-0}" "$findings"
    done
done
exit $failed
