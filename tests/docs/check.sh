#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks that a page is true: check.sh BUILD MAKE_IMAGES PAGE WORK [CHECKOUT]. Makes the folder WORK/tench,
# which looks like a checkout after `./dev run`. A small data set stands in for the drawings: $DATASET,
# and build/drawings, which links to it. The page's blocks run in that folder. tests/README.md lists
# the kinds of blocks.
set -uo pipefail
build=$1 make_images=$2 page=$3 work=$4
checkout=${5:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)}
top=$work/tench

# Files of the checkout are copied, so that no page can change them; what was built is linked.
make_checkout() {
    local entry
    rm -rf "$work"
    mkdir -p "$top/build/release" "$work/blocks"
    for entry in "$checkout"/* "$checkout"/.ci; do
        [ "${entry##*/}" = build ] || cp -R "$entry" "$top/" || exit 1
    done
    ln -s "$build"/tench "$build"/libtench.so* "$top/build/release/"
}

make_data() {
    export HOME=$work/home
    unset XDG_CACHE_HOME
    export DATASET=$HOME/.cache/tench/pysiogame/art4apps
    mkdir -p "${DATASET%/*}"
    "$make_images" "$DATASET" 48 || exit 1
    ln -s "$DATASET" "$top/build/drawings"
}

make_checkout
make_data
cd "$top" || exit 1
export PATH="$top/build/release:$PATH" LUA_PATH="$top/lua/?.lua;;" PYTHONPATH=$top/recipes/examples
unset TENCH_LIB

ctest --test-dir "$build" -N >"$work/tests.txt"
DOCS_TESTS=$work/tests.txt luajit tests/docs/check.lua "$page" || exit 1
luajit tests/docs/check.lua --script "$page" "$work/blocks" >"$work/blocks/page.sh" || exit 1
bash -eu -c '. tests/docs/blocks.sh && . "$0"' "$work/blocks/page.sh" </dev/null
