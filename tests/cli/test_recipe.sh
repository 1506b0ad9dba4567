#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A recipe is somebody's program: what it may not do, and that it is stopped.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 1

# bad TEXT MESSAGE: a recipe that is refused with exit code 2
bad() {
    printf '%s\n' "$1" >"$work/bad.lua"
    expect 2 timeout 100 "$TENCH" run "$work/bad.lua" "$data"
    says "$2"
    silent out
}

bad 'while true do end' "instructions"
bad 'local function f() return f() end return f()' "instructions"
bad 'local t = {} while true do t[#t + 1] = {} end' "memory"
bad 'local s = "x" while true do s = s .. s end' "memory"
bad 'local t = {} for i = 1, 1e6 do t[i] = i end while true do table.insert(t, 1, 0) end' "time"
bad 'io.write("here")' "io"
bad 'os.exit(0)' "os"
bad 'require "ffi"' "require"
bad 'return 5' "table"
bad 'return {' "bad.lua"
bad 'error("my own words")' "my own words"
bad 'error{ code = 0 }' "raised a table instead of a message"
bad 'error()' "raised a nil instead of a message"
bad 'return { ops = { op.hflop{} } }' "hflip"
printf '\033LJ\002' >"$work/bad.lua"
expect 2 "$TENCH" run "$work/bad.lua" "$data"
says "bytecode"

# With --trust it is an ordinary Lua program.
printf 'io.write("trusted ")\n%s\n' "$(cat "$recipe")" >"$work/trusted.lua"
expect 2 "$TENCH" run "$work/trusted.lua" "$data"
expect 0 "$TENCH" run "$work/trusted.lua" "$data" --trust
prints "trusted "

exit $failed
