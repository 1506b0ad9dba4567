#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Follows CONTRIBUTING.md's "Add an op" in a copy of the checkout: test_add_op.sh WORK MAKE_IMAGES. The
# copy is built without optimisation, and only the parts that are used here.
# shellcheck disable=SC2016
set -euo pipefail
work=$1 make_images=$2
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
rm -rf "$work/copy"
mkdir -p "$work/copy"
for entry in "$checkout"/*; do
    [ "${entry##*/}" = build ] || cp -Rp "$entry" "$work/copy/"
done
cd "$work/copy"

echo "== the steps"
luajit tests/docs/follow.lua CONTRIBUTING.md "Add an op"

echo "== build"
cmake -S . -B build/release -G Ninja -DCMAKE_BUILD_TYPE=None -DCMAKE_C_FLAGS=-O0 -DTENCH_WERROR=OFF \
    -DTENCH_CUDA=OFF >"$work/configure.txt" || { cat "$work/configure.txt" && exit 1; }
cmake --build build/release --target tench test_ops test_parse test_spec >"$work/build.txt" ||
    { tail -50 "$work/build.txt" && exit 1; }
if grep 'dim\.[ch]:.*warning' "$work/build.txt"; then # some of gcc's own headers warn at -O0
    exit 1
fi

echo "== tests"
ctest --test-dir build/release --output-on-failure -R '^c/(ops|parse|spec)$' >"$work/tests.txt" ||
    { cat "$work/tests.txt" && exit 1; }
grep -q '100% tests passed, 0 tests failed out of 3' "$work/tests.txt"

echo "== the op is known"
export PATH=$PWD/build/release:$PATH
tench help dim | grep -q 'how often each value is halved'
luajit tests/docs/check.lua --update recipes/README.md
grep -qF '| `dim` | Halves all values' recipes/README.md

echo "== the op runs"
"$make_images" "$work/data" 4
cat >"$work/recipe.lua" <<'END'
return {
    ops = { op.resize{ size = 32, mode = "exact" }, op.dim{ p = 1, stops = 7 } },
    loader = { batch_size = 12 },
}
END
rm -rf "$work/dump"
tench run "$work/recipe.lua" "$work/data" epochs=1 --quiet --dump "$work/dump" >/dev/null
grep -qF '"op":"dim","stops":7' "$work/dump/samples.jsonl"
# After seven stops each value is 0 or 1. The file's first 128 bytes are npy's header.
tail -c +129 "$work/dump/batch_00000.npy" | od -An -v -t u1 | tr -s ' ' '\n' | grep . | sort -nu >"$work/values.txt"
[ "$(tr -d '\n' <"$work/values.txt")" = 01 ] || { cat "$work/values.txt" && exit 1; }
