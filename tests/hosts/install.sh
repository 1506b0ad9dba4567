#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# An installed tench is complete: install.sh BUILD DATASET WORK. Installs BUILD into a new prefix and
# uses it from there alone: with pkg-config, with CMake, from luajit, from a program with LuaJIT in it.
set -eu
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
build=$(realpath "$1") dataset=$(realpath "$2") work=$(realpath -m "$3")
prefix=$work/prefix
rm -rf "$work"
mkdir -p "$work"
cd "$work" # outside the checkout, so that nothing is found there by accident
cmake --install "$build" --prefix "$prefix" >install.log

library=$(dirname "$(find "$prefix" -name 'libtench.so.*')")
export PKG_CONFIG_PATH=$library/pkgconfig LD_LIBRARY_PATH=$library
export LUA_PATH="$prefix/share/lua/5.1/?.lua" LUA_CPATH="$library/lua/5.1/?.so"

echo "# C, with pkg-config"
read -ra flags <<<"$(pkg-config --cflags --libs tench)"
cc -std=c11 -Wall -Wextra -Werror "$here/embed.c" "${flags[@]}" -o embed
./embed "$dataset"

echo "# C, with CMake"
cmake -S "$here/embed_cmake" -B cmake -G Ninja -DCMAKE_PREFIX_PATH="$prefix" >cmake.log
cmake --build cmake >>cmake.log
./cmake/embed "$dataset"

echo "# luajit, with the library on Lua's path alone"
env -u LD_LIBRARY_PATH luajit "$here/five_lines.lua" "$dataset"

echo "# a program with LuaJIT in it, which links the library"
read -ra flags <<<"$(pkg-config --cflags --libs tench luajit)"
cc -std=gnu11 -Wall -Wextra -Werror "$here/embed_lua.c" "${flags[@]}" -o embed_lua
LUA_CPATH=none ./embed_lua "$here/five_lines.lua" "$dataset"

echo "# the program and its recipes"
"$prefix/bin/tench" run "$prefix/share/tench/recipes/imagenet_train.lua" "$dataset" \
    epochs=1 batch_size=4 --json

echo "# its modules, for the program, and for luajit with the library on Lua's path alone"
for module in "$library"/libtench_*.so; do
    [ -e "$module" ] || continue
    name=$(basename "$module" .so)
    line="(^| )${name#libtench_}: [[:alnum:]]+ [0-9]+[.]" # library and version
    (unset LD_LIBRARY_PATH && "$prefix/bin/tench" doctor) | grep -E "$line"
    env -u LD_LIBRARY_PATH luajit -e \
        'print(require "ffi".string(require "tench.lib".C.tn_module_report()))' | grep -E "$line"
done

echo "# the examples"
luajit "$prefix/share/tench/recipes/examples/loop.lua" "$dataset"
[ -e "$prefix/share/tench/recipes/examples/tench_torch.py" ]
