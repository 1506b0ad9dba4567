#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# tench run and show: the same bytes for any number of threads and ranks, and the files that they
# write.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 9 # 27 images: 6 batches of 4 and one of 3

expect 0 "$TENCH" run "$recipe" "$data" threads=1 epochs=2 --json --hash
silent err
hash=$(field hash)
same "${#hash}" 32 "length of the hash"
same "$(field images batches threads faults interrupted)" $'54\n14\n1\n0\nfalse' "fields"
for name in seconds images_per_s cpu_s first_batch_s peak_mib; do
    [ "$(field $name)" != 0 ] || fail "--json: $name is 0"
done
for threads in 2 3 8; do
    expect 0 "$TENCH" run "$recipe" "$data" threads=$threads epochs=2 --json --hash
    same "$(field hash threads)" "$hash"$'\n'$threads "hash with $threads threads"
done
expect 0 "$TENCH" run "$recipe" "$data" epochs=2 seed=8 --json --hash
[ "$(field hash)" != "$hash" ] || fail "another seed gives the same hash"

# Without --json, the memory plan goes to stderr before the first image, and the summary to stdout. There
# is no progress line.
expect 0 "$TENCH" run "$recipe" "$data" --sheet "$work/sheet.png"
says "memory:"
for word in "27 in 7 batches" "images/s" "CPU-second" "first batch" "decode" "consumer" "memory" \
    "faults       none" "$work/sheet.png"; do
    prints "$word"
done
! grep -q $'\r' "$work/err" || fail "progress in a pipe"
same "$(head -c 8 "$work/sheet.png" | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a "PNG signature"
expect 0 "$TENCH" run "$recipe" "$data" --quiet
silent err
prints "for a free slot"
expect 0 "$TENCH" run "$recipe" "$data" device=fake --quiet
prints "for workers, "
prints "filled batches "
expect 0 "$TENCH" run "$recipe" "$data" device=fake --json
for name in slot large copy output device kernel; do
    [[ $(field ${name}_wait_s) =~ ^[0-9] ]] || fail "--json without ${name}_wait_s"
done
expect 0 "$TENCH" run "$recipe" "$data" epochs=0 --json --hash
same "$(field images first_batch_s)" $'0\nnull' "no epochs"

# npy LAST-NUMBER FOLDER DESCR SHAPE: checks the batches of a dump
check_npy() {
    "$LUAJIT" "$here/npy.lua" "$@" >"$work/count" || fail "npy: $*"
}
for dtype in "u8 |u1" "f16 <f2" "bf16 <u2" "f32 <f4"; do
    read -r name descr <<<"$dtype"
    expect 0 "$TENCH" run "$recipe" "$data" epochs=2 "dtype=$name" --dump "$work/$name/dump"
    check_npy "$work/$name/dump/batch_00000.npy" "$descr" "4, 3, 64, 64"
    check_npy "$work/$name/dump/batch_00006.npy" "$descr" "3, 3, 64, 64"
    check_npy "$work/$name/dump/batch_00013.npy" "$descr" "3, 3, 64, 64"
    check_npy "$work/$name/dump/label_00013.npy" "<i8" "3,"
done
expect 0 "$TENCH" run "$recipe" "$data" ops.convert.layout=nhwc dtype=u8 --dump "$work/nhwc"
check_npy "$work/nhwc/batch_00000.npy" "|u1" "4, 64, 64, 3"
lines="$work/u8/dump/samples.jsonl"
same "$(wc -l <"$lines")" 54 "lines of samples.jsonl"
sed -n 54p "$lines" >"$work/out"
same "$(field batch slot epoch position ops.1.op)" $'13\n2\n1\n26\nrandom_resized_crop' \
    "last line of samples.jsonl"
while read -r line; do
    "$LUAJIT" "$here/json.lua" <<<"$line" || fail "samples.jsonl: $line"
done <"$lines"

expect 4 "$TENCH" run "$recipe" "$data" --dump "$work/u8/dump"
says "not empty"
expect 0 "$TENCH" run "$recipe" "$data" --dump "$work/u8/dump" --force
expect 4 "$TENCH" run "$recipe" "$data" --dump "$recipe/below"
says "recipe.lua"
expect 4 "$TENCH" run "$recipe" "$data" --state /dev/full
says "No space left"
expect 4 "$TENCH" run "$recipe" "$data" --sheet "$work/absent/sheet.png"
says "absent/sheet.png"

# The batches of all ranks together are the batches of one process.
expect 0 "$TENCH" run "$recipe" "$data" --dump "$work/whole"
for rank in 0 1 2; do
    expect 0 "$TENCH" run "$recipe" "$data" rank=$rank world_size=3 --dump "$work/rank$rank"
    for path in "$work/rank$rank"/*.npy; do
        number=${path##*_}
        number=$((10#${number%.npy} * 3 + rank))
        name=${path##*/}
        cmp -s "$path" "$work/whole/${name%%_*}_$(printf %05d $number).npy" ||
            fail "rank $rank: $path"
    done
done
same "$(cat "$work"/rank?/samples.jsonl | wc -l)" 27 "rows of all ranks"

# Faults: raise ends with 3, skip continues and names the file, a budget ends with 3.
head -c 300 "$data/n03/image 0.jpg" >"$data/n03/image 99.jpg"
expect 3 "$TENCH" run "$recipe" "$data"
says "image 99.jpg"
prints "faults       1"
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip --json
same "$(field images faults fault_list.1.name)" $'28\n1\nn03/image 99.jpg' "faults with skip"
echo "no image" >"$data/n03/image 98.jpg"
expect 3 "$TENCH" run "$recipe" "$data" on_fault=skip loader.fault_budget=1 --json
same "$(field interrupted)" false "an object after the budget"

# A 64-bit seed is used exactly as it was typed.
for seed in 9223372036854775807 -9223372036854775808 9007199254740993; do
    expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip seed=$seed --state "$work/seed.json"
    same "$(grep -o '"seed":[-0-9]*' "$work/seed.json")" "\"seed\":$seed" "the seed in a state"
done
sed 's/"epoch":[0-9]*/"epoch":9007199254740993/' "$work/seed.json" >"$work/late.json"
expect 0 "$TENCH" run "$recipe" "$data" seed=9007199254740993 --resume "$work/late.json"
expect 2 "$TENCH" run "$recipe" "$data" seed=9223372036854775808
says 'seed = "9223372036854775808"'

expect 0 "$TENCH" show "$recipe" "$data" -o "$work/show.png" batch_size=28
prints "$work/show.png"
same "$(head -c 8 "$work/show.png" | od -An -tx1 | tr -d ' \n')" 89504e470d0a1a0a "PNG signature"
expect 3 "$TENCH" show "$recipe" "$data" -o "$work/show.png" batch_size=29 on_fault=raise

exit $failed
