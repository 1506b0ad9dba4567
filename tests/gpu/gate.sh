#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The compile gate: gate.sh LOG FOLDER. LOG is the output of ptxas from the build of the kernels: no
# kernel may have a stack, spill registers, or use more than 40. FOLDER holds the PTX of that build:
# its accesses and roundings must be the intended ones.
set -uo pipefail
log=${1:?usage: gate.sh LOG FOLDER} folder=${2:?usage: gate.sh LOG FOLDER}
failed=0

fail() {
    echo "FAILED: $*"
    failed=1
}

awk '
    /Compiling entry function/ { name = $(NF - 2) " for " $NF }
    /bytes stack frame/ && ($1 + $5 + $9 > 0) { print name ": " $0; bad = 1 }
    / Used [0-9]+ registers/ {
        for (i = 1; i < NF; i++) if ($i == "Used") n = $(i + 1)
        kernels++
        if (n > 40) { print name ": " n " registers"; bad = 1 }
        if (n > most) most = n
    }
    END { print kernels " kernels, at most " most " registers"; exit bad || kernels == 0 }
' "$log" || fail "$log: a kernel has a stack, spills, or uses too many registers"

# no PATTERN WHY: the PTX must not have the pattern. some PATTERN WHY: it must have it.
no() {
    ! grep -m 3 -E -- "$1" "$ptx" || fail "$ptx: $2"
}

some() {
    grep -qE -- "$1" "$ptx" || fail "$ptx: $2"
}

for ptx in "$folder"/*.ptx; do
    no '\.ftz|\.approx|\.full' "an operation that is not rounded as IEEE has it"
    no '(add|sub|mul|fma|sqrt)\.f32' "an operation whose rounding is left to ptxas"
    no '\.f64' "doubles"
    no '\.local|call' "local memory or a call"
    some 'ld\.global\.nc\.v2' "pixels are not loaded by eights"
    some 'st\.global\.v4' "values are not stored by sixteen bytes"
    some 'fma\.rn\.f32' "no fused multiply-add"
    some 'sqrt\.rn\.f32' "no rounded square root"
done
exit $failed
