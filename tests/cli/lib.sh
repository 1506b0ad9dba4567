# SPDX-License-Identifier: MIT
# What the transcripts of the program share. Sourced by test_*.sh with the program in $TENCH, the
# maker of images in $MAKE_IMAGES and LuaJIT in $LUAJIT.
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

# images N: the data set, with N images in each of three classes
images() {
    "$MAKE_IMAGES" "$data" "$1" || exit 1
}

fail() {
    printf 'FAILED: %s\n' "$*" >&2
    failed=1
}

# expect CODE COMMAND…: runs it into $work/out and $work/err
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

# says TEXT: the last command's error output has it
says() {
    grep -qF -- "$1" "$work/err" || fail "'$last' does not say '$1' but: $(cat "$work/err")"
}

# prints TEXT: the last command's output has it
prints() {
    grep -qF -- "$1" "$work/out" || fail "'$last' does not print '$1' but: $(cat "$work/out")"
}

silent() {
    [ ! -s "$work/$1" ] || fail "'$last' wrote to $1: $(cat "$work/$1")"
}

# field NAME…: of the JSON object in $work/out
field() {
    "$LUAJIT" "$here/json.lua" "$@" <"$work/out"
}

same() {
    [ "$1" = "$2" ] || fail "$3: '$1' is not '$2'"
}

# has_terminal: there are pseudo-terminals; says so where there are none
has_terminal() {
    if command -v script >/dev/null && script -qec true /dev/null >/dev/null 2>&1 </dev/null; then
        return 0
    fi
    echo "skipped: what is seen on a terminal (no script command, or no /dev/pts)"
    return 1
}

# on_terminal COLUMNS COMMAND…: what it writes to a terminal of that width, in $work/typescript
on_terminal() {
    local columns=$1 line
    shift
    last="$*"
    line=$(printf '%q ' "$@")
    SHELL=/bin/bash script -qec "stty cols $columns rows 24; $line" "$work/typescript" >/dev/null </dev/null
}

# wait_for TEST…: until it holds, ten seconds at most
wait_for() {
    local tries=0
    until "$@"; do
        [ $((tries += 1)) -lt 500 ] || return 1
        sleep 0.02
    done
}

# has_threads PROCESS NAME: it has threads of that name
has_threads() {
    grep -qsx "$2" "/proc/$1/task/"*/comm
}

# interrupts NAME COMMAND…: by Ctrl-C, once it has threads of that name; says so, and ends with 130.
# Jobs of a script ignore SIGINT, which programs inherit: a shell with job control does not.
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
