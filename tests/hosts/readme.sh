#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# What the README shows works as it stands there: readme.sh CHECKOUT LIBRARY DATASET WORK. Its Lua blocks
# run one behind the other, its C program is compiled and run, its recipe and its Python are the files that
# it names.
# Only the data set's place and the size of a batch are others.
set -eu
checkout=$1 library=$2 dataset=$3 work=$4
readme=$checkout/README.md
rm -rf "$work"
mkdir -p "$work"

# block LANGUAGE SECTION: the code of that language in a section
block() {
    awk -v language="$1" -v section="## $2" '
        /^## / { here = $0 == section }
        /^```/ { inside = here && $0 == "```" language; next }
        inside' "$readme"
}

echo "# Lua"
mkdir "$work/clothes"
ln -s "$dataset" "$work/clothes/train"
{
    echo 'local batches = 0'
    echo 'local function train(image, label, n) assert(image[0] and label[0] and n == 5); batches = batches + 1 end'
    block lua "In Lua" | sed "s|/data/clothes|$work/clothes|; s|, 64, {|, 5, {|"
    echo 'assert(batches == 2 and state and label == 0)'
} >"$work/readme.lua"
TENCH_LIB=$library LUA_PATH="$checkout/lua/?.lua" luajit "$work/readme.lua"

echo "# C"
block c "In C" >"$work/loop.c"
cc -std=c11 -Wall -Wextra -Werror -I "$checkout/src" "$work/loop.c" "$library" -o "$work/loop"
LD_LIBRARY_PATH=$(dirname "$library") "$work/loop" "$dataset" | tee "$work/out"
grep -q "^10 images at " "$work/out"

echo "# the recipe"
block lua "A recipe" >"$work/recipe.lua"
grep -v '^--' "$checkout/recipes/imagenet_train.lua" | cmp - "$work/recipe.lua"

echo "# the file for PyTorch, written for this ABI"
block python "In PyTorch" >"$work/in_pytorch.py"
grep -v '^# SPDX' "$checkout/recipes/examples/tench_torch.py" | cmp - "$work/in_pytorch.py"
abi=$(sed -n 's/.*TN_ABI = \([0-9]*\).*/\1/p' "$checkout/src/tench.h")
grep -qF "libtench.so.$abi\"" "$work/in_pytorch.py"
