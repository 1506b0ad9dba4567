#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A recipe cannot block the program: forbidden things fail, and endless ones are stopped.
# shellcheck source-path=SCRIPTDIR disable=SC2317 # wait_for calls functions by name
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 1

# bad TEXT MESSAGE: the program refuses the recipe with exit code 2 and the message
bad() {
    printf '%s\n' "$1" >"$work/bad.lua"
    expect 2 timeout 100 "$TENCH" run "$work/bad.lua" "$data"
    says "$2"
    silent out
}

# slow NAME SECONDS TEXT: starts a recipe that does not return from a call of C
slow() {
    printf '%s\n' "$3" >"$work/$1.lua"
    (
        # The lower limit applies.
        [ "$2" = 5 ] || ulimit -t "$2"
        timeout 100 "$TENCH" run "$work/$1.lua" "$data" >/dev/null 2>"$work/$1.err" </dev/null
        echo $? >"$work/$1.code"
    ) &
}

# ended NAME SECONDS: the program ended that recipe
ended() {
    same "$(cat "$work/$1.code")" 2 "exit code of $1.lua"
    grep -qF "$work/$1.lua: the recipe used more than $2 s of CPU time" "$work/$1.err" ||
        fail "$1.lua: $(cat "$work/$1.err")"
}

# Calls of C, which the limit on instructions cannot end.
slow insert 5 'table.insert({}, -2^31, 1)'
wide='local s, t = ("x"):rep(2^20), {} for i = 1, 1e5 do t[i] = s end table.sort(t)'
slow sort 1 "$wide"
slow parse 1 "local x if x then $(printf 'elseif x then %.0s' {1..200000}) end"

bad 'while true do end' "bad.lua:1: the recipe takes more than 50000000 instructions"
bad $'local x\nlocal function f() return f() end return f()' "bad.lua:2: the recipe takes more"
bad 'local s = "x" while true do s = s .. s end' "more than 512 MiB of memory"
bad 'local t = {} while true do t[#t + 1] = ("x"):rep(2^20 - 9) .. #t end' "MiB of memory"
bad 'error(tostring(io or os or debug or package or ffi or jit or bit or require or module or load
    or loadstring or loadfile or dofile or getfenv or setfenv or getmetatable or setmetatable
    or rawget or rawset or coroutine or pcall or xpcall or newproxy or collectgarbage or _G
    or string.dump or string.gsub or ("").dump or ("").find))' "bad.lua:1: nil"
bad 'io.write("here")' "bad.lua:1: attempt to index global 'io' (a nil value): recipes have no io"
bad 'absent()' "global 'absent' (a nil value)"
bad 'return { ops = ("hflip"):gsub("h", "v") }' "recipes have no string.gsub"
bad 'return 5' "table"
bad 'return {' "bad.lua:"
bad 'error("my own words")' "bad.lua:1: my own words"
bad 'error{ code = 0 }' "raised a table instead of a message"
bad 'error()' "raised a nil instead of a message"
bad $'local x\nreturn { ops = { op.hflop{} } }' "bad.lua:2: "
says "hflip"
printf '\033LJ\002' >"$work/bad.lua"
expect 2 "$TENCH" run "$work/bad.lua" "$data"
says "bytecode"

# A recipe returns plain data, and not much (tests/lua/test_plain.lua has more cases).
bad 'return { ops = {}, loader = { seed = error } }' "bad.lua: loader.seed is a function"
bad 'local t = {} t.t = t return { ops = {}, dataset = t }' "nested more than 8 deep"
bad 'local t = "x" for _ = 1, 6 do t = { t, t, t, t, t, t, t, t, t, t, t, t } end
    return { ops = {}, dataset = { t } }' "bad.lua: the recipe's result is larger than 1048576 bytes"
bad 'local t, flip = {}, op.hflip() for i = 1, 1e6 do t[i] = flip end return { ops = t }' \
    "the recipe has more than 32 ops"
bad 'return { ops = "hflip\0; vflip" }' "NUL"
# A 64-bit integer keeps its type.
sed 's/seed = 7/seed = 7LL/' "$recipe" >"$work/seed.lua"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash
hash=$(field hash)
expect 0 "$TENCH" run "$work/seed.lua" "$data" --json --hash
same "$(field hash)" "$hash" "hash with seed = 7LL"

# A recipe can print for people, but only a limited amount.
printf 'print("two", 2, nil)\n%s\n' "$(cat "$recipe")" >"$work/print.lua"
expect 0 "$TENCH" run "$work/print.lua" "$data" --json --hash
same "$(field hash)" "$hash" "hash of a recipe that prints"
says $'two\t2\tnil'
expect 0 "$TENCH" run "$work/print.lua" "$data" --json --trust
says $'two\t2\tnil'
bad 'print("\27[2J") error("\27[1m\7")' '\x1B[2J'
says 'bad.lua:1: \x1B[1m\x07'
for what in 'for _ = 1, 9000 do print("some words") end' 'for _ = 1, 9000 do print() end' \
    'print(("x"):rep(1e6))'; do
    bad "$what" "the recipe prints more than 65536 bytes"
    [ "$(wc -c <"$work/err")" -lt 66000 ] || fail "$what wrote $(wc -c <"$work/err") bytes"
done

# A recipe's path may have any bytes, and messages name the recipe's lines in any folder.
mkdir -p "$work/new"$'\n'"line" "$work/tench"
cp "$recipe" "$work/new"$'\n'"line/r.lua"
expect 0 "$TENCH" run "$work/new"$'\n'"line/r.lua" "$data" --json --hash
same "$(field hash)" "$hash" "hash of a recipe below a folder with a line's end in its name"
printf 'local x\nreturn { ops = { op.hflip{ p = 3 } } }\n' >"$work/tench/bad.lua"
expect 2 env -C "$work" "$TENCH" run tench/bad.lua "$data"
says "tench/bad.lua:2: hflip"
# The program reads and evaluates a recipe once, also for the sheet.
"$TENCH" run /dev/stdin "$data" --json --hash --sheet "$work/sheet.png" \
    < <(cat "$work/print.lua") >"$work/out" 2>"$work/err" || fail "from a pipe: $(cat "$work/err")"
same "$(field hash)" "$hash" "hash of a recipe from a pipe"
same "$(grep -c two "$work/err")" 1 "evaluations of a recipe"
head -c 5000000 /dev/zero >"$work/large.lua"
expect 2 "$TENCH" run "$work/large.lua" "$data"
says "large.lua is larger than 4194304 bytes"

# With --trust a recipe is an ordinary Lua program.
printf 'io.write("trusted ")\n%s\n' "$(cat "$recipe")" >"$work/trusted.lua"
expect 2 "$TENCH" run "$work/trusted.lua" "$data"
expect 0 "$TENCH" run "$work/trusted.lua" "$data" --trust
prints "trusted "

# has_child PROCESS: true if the process has a child; sets $child to its number
has_child() {
    read -r child _ <"/proc/$1/task/$1/children"
    [ -n "$child" ]
}

is_dead() {
    [ ! -e "/proc/$1" ] || grep -q '^State:.Z' "/proc/$1/status"
}

# signals SIGNAL WHOM CODE: sends a signal to the program, or to its child, while it evaluates
signals() {
    (
        set -m
        "$TENCH" run "$work/insert.lua" "$data" >"$work/out" 2>"$work/err" </dev/null &
        wait_for has_child $! || fail "the program has no child"
        if [ "$2" = child ]; then kill "-$1" "$child"; else kill "-$1" $!; fi
        wait $!
        same $? "$3" "exit code after $1 to the $2"
        wait_for is_dead "$child" || fail "a child outlives $1 to the $2"
        exit $failed
    ) || failed=1
}

if [ -e "/proc/self/task/$$/children" ] || [ -e "/proc/$$/task/$$/children" ]; then
    signals INT program 130
    signals KILL program 137
    signals KILL child 2
    says "insert.lua: the recipe's process was ended by signal 9"
else
    echo "skipped: this system does not list children in /proc, so signals are not tested"
fi

wait
ended insert 5
ended sort 1
ended parse 1

exit $failed
