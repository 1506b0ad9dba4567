#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The kernels on a machine with a GPU: day.sh [BUILD [OUT]]. BUILD (build/release) has been built with
# tests and kernels. Says what there is, compares every kernel with the CPU, looks for wrong accesses
# with compute-sanitizer where that is installed, measures; OUT (build/gpu-day) has the figures as JSON
# and as a table. It has not met a GPU yet: how long it takes is not known.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${1:-build/release} out=${2:-build/gpu-day} failed=0
mkdir -p "$out"

"$build/tench" doctor | tee "$out/doctor.txt"
sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
for tool in memcheck racecheck initcheck synccheck; do
    [ -x "$sanitizer" ] || {
        echo "no compute-sanitizer here: its checks are left out"
        break
    }
    "$sanitizer" --tool $tool --error-exitcode 9 "$build/tests/gpu_day" \
        images=4 size=32 rounds=1 repeats=1 >"$out/$tool.txt" 2>&1
    code=$?
    tail -n 1 "$out/$tool.txt"
    [ $code -eq 0 ] || {
        echo "FAILED: $tool, exit code $code: see $out/$tool.txt"
        failed=1
    }
done
"$build/tests/gpu_day" >"$out/lines.txt" || failed=1
python3 tests/gpu/table.py "$out/lines.txt" "$out/day.json" | tee "$out/table.md"
exit $failed
