# SPDX-License-Identifier: MIT
# Shared by the transcripts of the program. test_*.sh source it with the program in $TENCH, the maker of
# images in $MAKE_IMAGES and LuaJIT in $LUAJIT.
# shellcheck shell=bash
set -uo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
work=$(mktemp -d "${TMPDIR:-/tmp}/tench-cli-XXXXXX")
trap 'rm -rf "$work"' EXIT
data="$work/data sét"
recipe="$work/recipe.lua"
export failed=0 # the exit code of the script

cat >"$recipe" <<'END'
return {
    ops = {
        op.random_resized_crop{ size = 64 },
        op.hflip{},
        op.normalize{},
        op.convert{ dtype = "f32" },
    },
    loader = { batch_size = 4, shuffle = true, seed = 7 },
}
END

# images N: makes the data set, with N images in each of three classes
images() {
    "$MAKE_IMAGES" "$data" "$1" || exit 1
}

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failed=1
}

# expect CODE COMMAND…: runs the command, with its output in $work/out and $work/err
expect() {
    local code=$1 got=0
    shift
    last="$*"
    "$@" >"$work/out" 2>"$work/err" </dev/null || got=$?
    [ "$got" -eq "$code" ] || {
        fail "exit code $got instead of $code: $*"
        head -c 2000 "$work/out" "$work/err" >&2
    }
}

# says TEXT: the last command's error output has the text
says() {
    grep -qF -- "$1" "$work/err" || fail "'$last' does not say '$1' but: $(cat "$work/err")"
}

# prints TEXT: the last command's output has the text
prints() {
    grep -qF -- "$1" "$work/out" || fail "'$last' does not print '$1' but: $(cat "$work/out")"
}

silent() {
    [ ! -s "$work/$1" ] || fail "'$last' wrote to $1: $(cat "$work/$1")"
}

# field NAME…: prints fields of the JSON object in $work/out
field() {
    "$LUAJIT" "$here/json.lua" "$@" <"$work/out"
}

same() {
    [ "$1" = "$2" ] || fail "$3: '$1' is not '$2'"
}

# has_terminal: true if there are pseudo-terminals; otherwise says that the test skips them
has_terminal() {
    if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
        return 0
    fi
    echo "skipped: tests that need a terminal (no script command, or no /dev/pts)"
    return 1
}

# on_terminal COLUMNS COMMAND…: runs the command on a terminal of that width, and keeps what it writes
# in $work/typescript
on_terminal() {
    local columns=$1 line
    shift
    last="$*"
    line=$(printf '%q ' "$@")
    SHELL=/bin/bash script -qec "stty cols $columns rows 24; $line" "$work/typescript" >/dev/null </dev/null
}

# wait_for TEST…: waits until the test holds, ten seconds at most
wait_for() {
    local tries=0
    until "$@"; do
        [ $((tries += 1)) -lt 500 ] || return 1
        sleep 0.02
    done
}

# has_threads PROCESS NAME: true if the process has threads of that name
has_threads() {
    grep -qsx "$2" "/proc/$1/task/"*/comm
}

# interrupts NAME COMMAND…: interrupts the command (as Ctrl-C does) once it has threads of that name; it
# must report the interruption and end with 130. Job control is on, because without it the shell lets
# its jobs ignore SIGINT.
interrupts() {
    local name=$1 got=0
    shift
    (
        set -m
        "$@" >"$work/out" 2>"$work/err" &
        wait_for has_threads $! "$name" || exit 99
        kill -INT $!
        wait $!
    ) || got=$?
    same $got 130 "exit code after INT"
    same "$(field interrupted)" true "report after INT"
}
