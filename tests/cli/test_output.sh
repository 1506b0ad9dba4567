#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Output: a dump has the files of one run only, whatever an older run left in its folder. A file over
# the size limit is an error of the output, and does not kill the program.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 9 # 27 images: 7 batches of 4


# A dump with --force leaves the files that a dump into a new folder has, and all files that belong to
# no dump.
expect 0 "$TENCH" run imagenet_train_mixup "$data" epochs=3 batch_size=8 loader.drop_last=no dtype=u8 \
    ops.random_resized_crop.size=16 --quiet --dump "$work/dump"
test -e "$work/dump/target_00011.npy" || fail "no targets in the dump"
touch "$work/dump/batch_00099.npy" "$work/dump/samples.jsonl.part" "$work/dump/batch_00001.npy.77-3.part"
foreign=(notes.txt batch_1.npy batch_00001.npy.old batch_00001.npz xbatch_00001.npy batch_0000a.npy
    weights_00001.npy label_00001 samples.jsonl.old .hidden)
for name in "${foreign[@]}"; do
    echo mine >"$work/dump/$name"
done
mkdir "$work/dump/batch_00098.npy" "$work/dump/target_00000"
expect 4 "$TENCH" run "$recipe" "$data" dtype=u8 --quiet --dump "$work/dump"
says "not empty"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 --quiet --dump "$work/dump" --force
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 --quiet --dump "$work/new"
for name in "${foreign[@]}"; do
    same "$(cat "$work/dump/$name")" mine "a file of no dump: $name"
    rm "$work/dump/$name"
done
rmdir "$work/dump/batch_00098.npy" "$work/dump/target_00000"
diff -r "$work/dump" "$work/new" || fail "files of an older dump beside those of the new one"

# A resumed run removes the batches that it makes again, and those after its end.
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --quiet --dump "$work/two" --state "$work/state"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=3 --quiet --dump "$work/three"
sed 's/"epoch":[0-9]*,"position":[0-9]*/"epoch":1,"position":8/' "$work/state" >"$work/middle"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --quiet --dump "$work/three" --force --resume "$work/middle"
diff -r "$work/two" "$work/three" || fail "a resumed dump is not the whole run's"

# One budget, and it holds: a line that no dump wrote is not read as a whole.
truncate -s 3G "$work/three/samples.jsonl"
sed 's/"epoch":[0-9]*,"position":[0-9]*/"epoch":1,"position":8/' "$work/state" >"$work/anew"
expect 4 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --quiet --dump "$work/three" --force --resume "$work/anew"
says 'a line has more than 1048576 bytes'

# The program does not write through links in the folder.
mkdir "$work/elsewhere"
for name in batch_00000.npy label_00002.npy samples.jsonl samples.jsonl.part; do
    echo mine >"$work/elsewhere/$name"
    ln -sf "$work/elsewhere/$name" "$work/new/$name"
done
mkfifo "$work/elsewhere/pipe"
ln -sf "$work/elsewhere/pipe" "$work/new/batch_00001.npy"
cp "$work/state" "$work/end"
expect 0 timeout 60 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=1 --quiet --dump "$work/new" --force
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=1 --quiet --dump "$work/again"
diff -r "$work/again" "$work/new" || fail "a dump over links"
cat "$work"/elsewhere/*.* | sort -u | diff - <(echo mine) || fail "a write through a link"
same "$(find "$work/new" -type l)" "" "links in the folder"

# limited COMMAND…: runs the command, which can write files of at most 1 KiB
limited() {
    expect 4 bash -c 'ulimit -f 1 && exec "$@"' bash "$@"
    says "File too large"
    same "$(find "$work" -maxdepth 1 -type f -name '*.part')" "" "parts of files"
}
limited "$TENCH" run "$recipe" "$data" dtype=u8 --quiet --dump "$work/limited"
says "$work/limited/batch_00000.npy"
limited "$TENCH" run "$recipe" "$data" dtype=u8 batch_size=27 ops.random_resized_crop.size=1 --quiet \
    --dump "$work/limited" --force
says "$work/limited/samples.jsonl"
limited "$TENCH" run "$recipe" "$data" --quiet --sheet "$work/limited.png"
says "$work/limited.png"
limited "$TENCH" run "$recipe" "$data" --quiet --trace "$work/limited.trace"
says "$work/limited.trace"
limited "$TENCH" show "$recipe" "$data" -o "$work/limited.png"
says "$work/limited.png"
limited bash -c '"$TENCH" help >"$0"' "$work/limited.txt"
says "standard output"
limited "$TENCH" index "$data"
says ".tench-index"
limited "$TENCH" pack "$data" "$work/limited-pack"
says "$work/limited-pack/shard-"
expect 0 "$TENCH" pack "$data" "$work/pack"
limited "$TENCH" unpack "$work/pack" "$work/limited-files"
says "image"
test ! -e "$work/limited-files" || fail "unpack left a folder with parts of files"

# A line that cannot be written is an error after any number of batches. If a resumed run cannot copy
# the old lines, they stay.
small=("$recipe" "$data" dtype=u8 batch_size=1 ops.random_resized_crop.size=1 --quiet)
expect 4 bash -c 'ulimit -f 24 && exec "$@"' bash "$TENCH" run "${small[@]}" epochs=8 --dump "$work/short"
says "$work/short/samples.jsonl"
expect 0 "$TENCH" run "${small[@]}" epochs=8 --dump "$work/long" --state "$work/state"
cp "$work/long/samples.jsonl" "$work/lines"
sed 's/"epoch":[0-9]*,"position":[0-9]*/"epoch":7,"position":20/' "$work/state" >"$work/late"
cp "$work/late" "$work/resumed"
expect 4 bash -c 'ulimit -f 24 && exec "$@"' bash "$TENCH" run "${small[@]}" epochs=8 \
    --dump "$work/long" --force --resume "$work/resumed"
says "$work/long/samples.jsonl"
cmp "$work/lines" "$work/long/samples.jsonl" || fail "lines of an earlier run are lost"
printf '{"batch":1' >>"$work/long/samples.jsonl" # a full disk leaves half a line
expect 0 "$TENCH" run "${small[@]}" epochs=8 --dump "$work/long" --force --resume "$work/late"
cmp "$work/lines" "$work/long/samples.jsonl" || fail "other lines after a full disk"

# Files are written even if the reader of the output goes away.
expect 0 bash -c '"$TENCH" run "$0" "$1" --quiet --sheet "$2" --trace "$3" | true' "$recipe" "$data" \
    "$work/read.png" "$work/read.trace"
silent err
test -s "$work/read.png" || fail "no sheet when the summary has no reader"

exit "$failed"
