#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tench run --trace: the trace is complete, for all names of files, and also if the run is ended.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 9 # 27 images: 6 batches of 4 and one of 3
mv "$data/n03/image 0.jpg" "$data/n03/\"quoted\" \\ "$'\t\001\033\177\n'"line.jpg"
mv "$data/n03/image 1.jpg" "$data/n03/"$'\xff\xc3 not UTF-8.jpg'
mv "$data/n03/image 2.jpg" "$data/n03/fünf.jpg"
trace=$work/trace.json

# check DEVICE POSITIONS BATCHES EPOCHS: runs, and checks the trace
check() {
    "$LUAJIT" "$here/trace.lua" "$trace" "$@" >"$work/spans" || fail "the trace: $last"
    iconv -f UTF-8 -t UTF-8 "$trace" >/dev/null || fail "the trace is not UTF-8"
}

for device in cpu fake; do
    for threads in 1 3; do
        expect 0 "$TENCH" run "$recipe" "$data" threads=$threads device=$device epochs=2 --json \
            --trace "$trace"
        silent err
        check $device 27 7 2
        same "# $(field trace_spans)" "$(cat "$work/spans")" "number of spans"
        same "$(field trace_dropped)" 0 "dropped spans"
    done
done
grep -qF '\"quoted\" \\ \u0009\u0001\u001b' "$trace" || fail "no quoted name in the trace"
grep -q 'fünf.jpg' "$trace" || fail "no name beyond ASCII in the trace"
expect 0 "$TENCH" run "$recipe" "$data" --trace "$trace"
prints "trace        $trace: "
same "$(find "$work" -name '*.part' | wc -l)" 0 "files that were left"

# The file is opened before the first image is read.
for path in "$work/absent/trace.json" "$data"; do
    expect 4 "$TENCH" run "$recipe" "$data" --trace "$path" --dump "$work/dump"
    says "$path"
    silent out
done
expect 4 "$TENCH" run "$recipe" "$data" --trace /dev/full
says "No space left"
prints "images       27 in 7 batches"

# After a fault or Ctrl-C the program writes the trace so far.
head -c 300 "$data/n03/image 3.jpg" >"$data/n03/image 99.jpg"
rm "$trace"
expect 3 "$TENCH" run "$recipe" "$data" --trace "$trace"
"$LUAJIT" "$here/json.lua" displayTimeUnit <"$trace" >/dev/null || fail "the trace after a fault"
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip loader.shuffle=no --trace "$trace"
grep -q '"name":"sample".*"attempt":1,' "$trace" || fail "no substitute in the trace"
rm "$trace"
interrupts tench/1 "$TENCH" run "$recipe" "$data" on_fault=skip epochs=1000000 --json \
    --trace "$trace"
"$LUAJIT" "$here/json.lua" otherData.dropped <"$trace" >/dev/null || fail "the trace after INT"

exit $failed
