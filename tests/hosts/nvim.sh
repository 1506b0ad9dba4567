#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# require "tench" works in Neovim: nvim.sh CHECKOUT LIBRARY DATASET. Skips (77) without Neovim.
set -eu
command -v nvim >/dev/null || {
    echo "skipped: no nvim here"
    exit 77
}
checkout=$1
export TENCH_LIB=$2 TENCH_DATASET=$3 LUA_PATH="$checkout/lua/?.lua"
script=$checkout/tests/hosts/five_lines.lua
# An error in the script must end Neovim with an exit code, not only with a message on the screen.
nvim --headless -u NONE -i NONE \
    -c "lua local ok, why = pcall(dofile, '$script'); if not ok then print(why) vim.cmd('cquit 1') end" \
    -c 'qall!' 2>&1 | tee nvim.log
exit "${PIPESTATUS[0]}"
