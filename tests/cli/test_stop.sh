#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A run that is interrupted, killed, resumed; a terminal that watches it.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 60

# wait_for TEST…: until it holds, ten seconds at most
wait_for() {
    local tries=0
    until "$@"; do
        [ $((tries += 1)) -lt 500 ] || return 1
        sleep 0.02
    done
}

# Ctrl-C and TERM: the summary so far, and their exit code.
for signal in INT:130 TERM:143; do
    rm -f "$work/state"
    # Jobs of a script ignore SIGINT, which programs inherit: a shell with job control does not.
    (
        set -m
        "$TENCH" run "$recipe" "$data" epochs=1000000 --json --state "$work/state" \
            >"$work/out" 2>"$work/err" &
        wait_for test -s "$work/state" || exit 99
        kill -"${signal%:*}" $!
        wait $!
    )
    same $? "${signal#*:}" "exit code after ${signal%:*}"
    same "$(field interrupted)" true "summary after ${signal%:*}"
    silent err
done

# kill -9 anywhere, then resume: the batches that were left are those of the whole run.
expect 0 "$TENCH" run "$recipe" "$data" epochs=2 dtype=u8 --dump "$work/whole"
for delay in 0 0.02 0.05; do
    rm -rf "$work/state" "$work/killed" "$work/rest"
    "$TENCH" run "$recipe" "$data" epochs=2 dtype=u8 --dump "$work/killed" --state "$work/state" \
        >/dev/null 2>&1 &
    wait_for test -s "$work/state" || fail "no state"
    sleep $delay
    kill -9 $! && wait $! 2>/dev/null
    "$LUAJIT" "$here/json.lua" <"$work/state" || fail "the state is not whole"
    cp "$work/state" "$work/copy"
    expect 0 "$TENCH" run "$recipe" "$data" epochs=2 dtype=u8 --dump "$work/rest" \
        --resume "$work/state"
    for path in "$work/whole"/*.npy; do
        name=${path##*/}
        cmp -s "$path" "$work/rest/$name" || cmp -s "$path" "$work/killed/$name" ||
            fail "after $delay s: $name is in neither part, or differs"
    done
    for path in "$work/rest"/*.npy "$work/killed"/*.npy; do
        cmp -s "$path" "$work/whole/${path##*/}" || fail "after $delay s: $path differs"
    done
    # The same remainder for any number of threads.
    for threads in 1 3; do
        cp "$work/copy" "$work/again"
        expect 0 "$TENCH" run "$recipe" "$data" epochs=2 dtype=u8 threads=$threads --json --hash \
            --resume "$work/again"
        field hash >"$work/hash$threads"
    done
    same "$(cat "$work/hash1")" "$(cat "$work/hash3")" "hash of the remainder"
    expect 0 "$TENCH" run "$recipe" "$data" epochs=2 dtype=u8 --resume "$work/state" --json
    same "$(field images)" 0 "images after the end"
done
expect 2 "$TENCH" run "$recipe" "$data" dtype=u8 seed=8 --resume "$work/state"
says "seed"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/absent"
says "absent"
echo "{" >"$work/state"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/state"

# A reader that goes away ends the program without a word of complaint, and it does not hang.
expect 0 bash -c 'timeout 60 "$TENCH" run "$0" "$1" --quiet | true' "$recipe" "$data"
silent err

# On a terminal there is a progress line, and it is gone at the end.
if command -v script >/dev/null; then
    script -qec "stty cols 100; '$TENCH' run '$recipe' '$data' epochs=20" "$work/typescript" \
        >/dev/null </dev/null
    grep -q $'\r\\[[=> ]*\\] .*images/s  eta .*waiting .*\033\\[K' "$work/typescript" ||
        fail "no progress line on a terminal"
    script -qec "'$TENCH' run '$recipe' '$data' --quiet" "$work/typescript" >/dev/null </dev/null
    ! grep -q "eta" "$work/typescript" || fail "a progress line in spite of --quiet"
else
    echo "no script command: the progress line was not tested"
fi

exit $failed
