# SPDX-License-Identifier: MIT
# Functions for the script of a page's blocks. The script sources this file in a folder that looks
# like a checkout.
# shellcheck shell=bash
readonly docs_top=$PWD
readonly docs_warnings=(-Wall -Wextra -Werror -Wno-unused -Wno-return-type)
docs_python=${TENCH_PYTHON:-$(command -v python3 || true)}

# at PLACE: begins a block. Later failures are reported as that block's.
at() {
    docs_place=$1
    echo "== $docs_place"
}

docs_end() {
    local code=$?
    [ $code -eq 0 ] || echo "$docs_place: the block failed with exit code $code"
    exit $code
}
trap docs_end EXIT

in_checkout() {
    (cd "$docs_top" && "$@")
}

compile_program() {
    in_checkout cc "${docs_warnings[@]}" -I src "$1.c" build/release/libtench.so \
        -Wl,-rpath,"$docs_top/build/release" -o "$1"
}

run_program() {
    in_checkout "$1" "$DATASET"
}

compile_function() {
    in_checkout cc "${docs_warnings[@]}" -I src -c "$1.c" -o "$1.o"
}

run_lua() {
    in_checkout luajit "$1"
}

compile_lua() {
    luajit -bl "$1" >/dev/null
}

check_recipe() {
    in_checkout tench run "$1" "$DATASET" epochs=0 --quiet
}

compile_python() {
    [ -n "$docs_python" ] || return 0
    "$docs_python" -c 'import ast, sys; ast.parse(open(sys.argv[1]).read(), sys.argv[1])' "$1"
}

run_python() {
    compile_python "$1"
    if [ -n "$docs_python" ] && "$docs_python" -c 'import torch' 2>/dev/null; then
        TENCH_LIB=$docs_top/build/release/libtench.so in_checkout "$docs_python" -B "$1"
    fi
}
