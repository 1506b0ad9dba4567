#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The compile gate: gate.sh LOG NVCC. LOG is what ptxas said when the kernels were built: none may have
# a stack, spill, or use more than 40 registers. The PTX has the accesses and the roundings that were
# meant.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../../kernels" || exit 1
log=${1:?usage: gate.sh LOG NVCC} nvcc=${2:?usage: gate.sh LOG NVCC}
ptx=$(mktemp "${TMPDIR:-/tmp}/tench-gate-XXXXXX")
trap 'rm -f "$ptx"' EXIT
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
' "$log" || fail "$log: stack, spills or registers"

# no PATTERN WHY, some PATTERN WHY: in the PTX
no() {
    ! grep -m 3 -E -- "$1" "$ptx" || fail "$arch: $2"
}

some() {
    grep -qE -- "$1" "$ptx" || fail "$arch: $2"
}

arch=90
"$nvcc" -ptx -O3 -std=c++17 --fmad=false -arch="compute_$arch" -I . -o "$ptx" cuda/finish.cu ||
    fail "$arch: does not compile"
no '\.ftz|\.approx|\.full' "an operation that is not rounded as IEEE has it"
no '(add|sub|mul|fma|sqrt)\.f32' "an operation whose rounding is left to ptxas"
no '\.f64' "doubles"
no '\.local|call' "local memory or a call"
some 'ld\.global\.nc\.v2' "pixels are not loaded by eights"
some 'st\.global\.v4' "values are not stored by sixteen bytes"
some 'fma\.rn\.f32' "no fused multiply-add"
some 'sqrt\.rn\.f32' "no rounded square root"
exit $failed
