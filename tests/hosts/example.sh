#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An example of recipes/examples works: example.sh CHECKOUT LIBRARY DATASET WORK lua|c|event_loop|pytorch.
# DATASET has 10 images in the classes ash and birch. The example gets each image eight times, so that it
# has full batches and a smaller last one. TENCH_PYTHON names a Python with PyTorch, by default that of
# ./dev golden. Skips (77) without PyTorch.
set -eu
checkout=$1 library=$2 dataset=$3 example=$5 work=$4/$5
examples=$checkout/recipes/examples
export LD_LIBRARY_PATH
LD_LIBRARY_PATH=$(dirname "$library")
rm -rf "$work"
for class in ash birch; do
    mkdir -p "$work/data/$class"
    for copy in 1 2 3 4 5 6 7 8; do
        for image in "$dataset/$class"/*.jpg; do
            ln -s "$image" "$work/data/$class/$copy-${image##*/}"
        done
    done
done

# compile NAME: a C example, with the strictest warnings
compile() {
    cc -std=gnu11 -Wall -Wextra -Wpedantic -Wconversion -Werror -I "$checkout/src" \
        "$examples/$1.c" "$library" -o "$work/$1"
}

readonly numbers='first value -?[0-9]+\.[0-9]{3}, first class (ash|birch)'
case $example in
lua)
    TENCH_LIB=$library LUA_PATH="$checkout/lua/?.lua" luajit "$examples/loop.lua" "$work/data" >"$work/out"
    wanted=("batch 0: 32 images, $numbers" "batch 1: 32 images, $numbers")
    ;;
c)
    compile loop
    "$work/loop" "$work/data" >"$work/out"
    wanted=("batch 0: 32 images, $numbers" "batch 1: 32 images, $numbers" "batch 2: 16 images, $numbers")
    ;;
event_loop)
    compile event_loop
    "$work/event_loop" "$work/data" | grep -v 'so far$' >"$work/out"
    wanted=('80 images in all')
    ;;
pytorch)
    abi=$(sed -n 's/.*TN_ABI = \([0-9]*\).*/\1/p' "$checkout/src/tench.h")
    grep -qF "libtench.so.$abi\"" "$examples/tench_torch.py" || {
        echo "tench_torch.py is not written for ABI $abi"
        exit 1
    }
    python=${TENCH_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/tench/venv/bin/python}
    "$python" -c 'import torch' 2>/dev/null || {
        echo "skipped: no PyTorch here"
        exit 77
    }
    TENCH_LIB=$library "$python" -B "$examples/pytorch.py" "$work/data" >"$work/out"
    wanted=('32 images, loss [0-9.]+' '32 images, loss [0-9.]+' '16 images, loss [0-9.]+')
    ;;
esac

cat "$work/out"
mapfile -t lines <"$work/out"
[ ${#lines[@]} -eq ${#wanted[@]} ] || {
    echo "${#lines[@]} lines instead of ${#wanted[@]}"
    exit 1
}
for place in "${!wanted[@]}"; do
    [[ ${lines[place]} =~ ^${wanted[place]}$ ]] || {
        echo "instead of: ${wanted[place]}"
        exit 1
    }
done
