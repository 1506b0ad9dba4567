#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The machine's troubles are not the file's: a run with few descriptors gives the same batches, or ends
# with an error that names the limit.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 8

# with_files N COMMAND…: runs the command, which may have N files open
with_files() (
    ulimit -n "$1" && shift && "$@"
)

expect 0 "$TENCH" run "$recipe" "$data" --json --hash
hash=$(field hash)
named=0
for files in {4..12}; do
    code=0
    with_files "$files" "$TENCH" run "$recipe" "$data" on_fault=skip threads=3 --json --hash \
        >"$work/out" 2>"$work/err" </dev/null || code=$?
    case $code in
        0) same "$(field hash faults)" "$(printf '%s\n0' "$hash")" "with $files files" ;;
        6)
            named=$((named + 1))
            last="run with $files files" says "may have $files files open (ulimit -n)"
            ;;
        *)  # the program or a library could not even start
            grep -qE "Too many open files|cannot open" "$work/err" ||
                fail "exit code $code with $files files: $(cat "$work/err")"
            ;;
    esac
done
# Files that are read whole have a limit: a state of 5 GiB is refused before it is read.
truncate -s 5G "$work/state.json"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/state.json"
says "state.json: has more than 65536 bytes"

# One budget, and it holds: files with long tails are read one at a time. The memory of a sanitizer
# would hide a mistake.
if [ "${TENCH_SANITIZED:-0}" = 0 ]; then
    mkdir -p "$work/long/a"
    cp "$data"/n03/*[0-5].jpg "$work/long/a"
    expect 0 "$TENCH" run "$recipe" "$work/long" threads=4 --json
    peak=$(field peak_mib)
    truncate -s +96M "$work/long/a"/*.jpg
    expect 0 "$TENCH" run "$recipe" "$work/long" threads=4 --json
    more=$(field peak_mib)
    [ "${more%.*}" -lt $((${peak%.*} + 150)) ] || fail "$more MiB instead of $peak"
fi

# Lua, C and the program have the same limits.
expect 2 "$TENCH" run "$recipe" "$data" depth=4097
says "depth = 4097 is outside its range 2 to 4096"
expect 2 "$TENCH" run "$recipe" "$data" batch_size=1048577
says "batch_size = 1048577 is outside its range 1 to 1048576"

[ "$named" -gt 0 ] || fail "no number of files ended a run"

exit $failed
