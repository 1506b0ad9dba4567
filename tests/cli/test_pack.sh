#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Packs on the command line: make them, use them like the folder, kill and continue, unpack.
# shellcheck source-path=SCRIPTDIR disable=SC2016,SC2317
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 20
pack="$work/pa ck"

# hash_of DATASET: prints the hash of a run
hash_of() {
    expect 0 "$TENCH" run "$recipe" "$1" epochs=1 dtype=u8 --hash --json --quiet
    field hash
}

# pack_many OUT …: packs more files, with one thread
pack_many() {
    exec "$TENCH" pack "$work/links" "$@" --threads 1 --json
}

# packs: runs `pack DATASET OUT` with small shards
pack_to() {
    "$TENCH" pack "$data" "$@" --shard-bytes 40000
}

expect 1 "$TENCH" pack "$data"
expect 2 "$TENCH" pack "$work/absent" "$pack"
says "absent"
expect 1 "$TENCH" pack "$data" "$pack" --layout thin
says "layout"

for layout in fast small; do
    rm -rf "$pack"
    expect 0 pack_to "$pack" --layout "$layout" --threads 2
    prints "60 of 60 files"
    prints "60 as coefficients, 0 as they are"
    prints "of their JPEGs"
    for level in scalar avx2 avx512; do
        same "$(TENCH_CPU=$level hash_of "$pack")" "$(hash_of "$data")" "batches, $layout, $level"
    done
    expect 0 "$TENCH" unpack "$pack" "$work/again" --json
    same "$(field "done")" 60 "files unpacked"
    diff -r "$data" "$work/again" >&2 || fail "unpacked, $layout: not what was packed"
    expect 4 "$TENCH" unpack "$pack" "$work/again"
    says "exists already"
    rm -rf "$work/again"
done
expect 0 "$TENCH" info "$pack" --json
same "$(field images)" 60 "images of a pack"
expect 4 pack_to "$pack"
says "is already a pack"
expect 2 "$TENCH" unpack "$work/absent" "$work/again"
expect 2 "$TENCH" unpack "$data" "$work/again"
says "not a pack"
expect 2 "$TENCH" pack "$pack" "$work/again"
says "is already a pack"
expect 1 "$TENCH" pack "$data" "$work/again" --shard-bytes=1000
says "shard_bytes = 1000 must be 1024 or more"

# With a setting of the data set, and with a root that is a split.
mkdir "$work/root"
expect 0 pack_to "$work/root/train" search_split=no
expect 0 "$TENCH" info "$work/root" split=train --json
same "$(field images)" 60 "images of a pack that is a split"

# kill -9 at any moment leaves no pack, and the next run makes the same pack as an undisturbed one.
expect 0 pack_to "$work/whole"
for delay in 0 0.01 0.02 0.05; do
    rm -rf "$work/killed"
    "$TENCH" pack "$data" "$work/killed" --shard-bytes 40000 >/dev/null 2>&1 &
    wait_for test -d "$work/killed" || fail "no folder"
    sleep $delay
    kill -9 $! 2>/dev/null && wait $! 2>/dev/null
    if [ ! -e "$work/killed/tench.pack" ]; then
        expect 2 "$TENCH" info "$work/killed"
        expect 0 pack_to "$work/killed" --json
        same "$(field "done")" 60 "files in the end"
    fi
    diff -r "$work/whole" "$work/killed" >&2 || fail "another pack after a kill"
done

# A full disk: the message names the file, and a later run continues.
# Not 0, because the runtime of TSan writes a little when it starts.
rm -rf "$work/killed"
expect 4 bash -c 'ulimit -f 1; exec "$0" pack "$1" "$2"' \
    "$TENCH" "$data" "$work/killed"
[ ! -e "$work/killed" ] || fail "an empty folder is left of a pack that could not begin"
expect 4 bash -c 'ulimit -f 30; exec "$0" pack "$1" "$2" --shard-bytes 40000' \
    "$TENCH" "$data" "$work/killed"
says "shard-00000.coef.part: cannot write: File too large"
expect 0 pack_to "$work/killed"
diff -r "$work/whole" "$work/killed" >&2 || fail "another pack after a full disk"
expect 4 bash -c 'ulimit -f 1; exec "$0" unpack "$1" "$2"' "$TENCH" "$work/whole" "$work/again"
says "cannot write: File too large"
expect 0 "$TENCH" unpack "$work/whole" "$work/again"
rm -rf "$work/again"

# The message names a damaged shard and its sample; the other samples can be read.
printf 'damage' | dd of="$pack/shard-00001.coef" bs=1 seek=9000 conv=notrunc 2>/dev/null
expect 3 "$TENCH" run "$recipe" "$pack" epochs=1 --quiet
says ".jpg: packed JPEG"
expect 0 "$TENCH" run "$recipe" "$pack" epochs=1 on_fault=skip --quiet --json
same "$(field faults)" 1 "faults"
expect 3 "$TENCH" unpack "$pack" "$work/again"
says ".jpg: packed JPEG"
[ ! -e "$work/again" ] || fail "a folder from a damaged pack"

# Splits: each split of the pack equals its folder, and unpacking restores all of them.
mkdir "$work/splits"
cp -r "$data" "$work/splits/train"
cp -r "$data" "$work/splits/val"
rm -r "$work/splits/val/n03"
expect 0 "$TENCH" pack "$work/splits" "$work/new/folders/splits" --shard-bytes 40000
prints "data set     $work/splits/train (split train): 60 images in 3 classes"
prints "data set     $work/splits/val (split val): 40 images in 2 classes"
prints "100 of 100 files"
split_hash() {
    expect 0 "$TENCH" run "$recipe" "$1" "split=$2" epochs=1 dtype=u8 --hash --json --quiet
    field hash
}
for split in train validation; do
    same "$(split_hash "$work/new/folders/splits" $split)" "$(split_hash "$work/splits" $split)" \
        "batches of split $split"
done
expect 2 "$TENCH" run "$recipe" "$work/new/folders/splits" split=test
says "its splits are train, val"
expect 0 "$TENCH" info "$work/new/folders/splits" --json
same "$(field images splits.# splits.2.split splits.2.images)" $'100\n2\nval\n40' "info --json"
expect 0 "$TENCH" verify "$work/new/folders/splits" --json
same "$(field samples damaged splits.1.split)" $'100\n0\ntrain' "verify --json"
expect 0 "$TENCH" unpack "$work/new/folders/splits" "$work/new/again"
diff -r "$work/splits" "$work/new/again" >&2 || fail "unpacked with splits: not what was packed"
expect 0 "$TENCH" unpack "$work/new/folders/splits" "$work/new/val" split=validation
prints "(split val): 40 images in 2 classes"
diff -r "$work/splits/val" "$work/new/val" >&2 || fail "a split that was unpacked alone"
expect 2 "$TENCH" unpack "$work/new/folders/splits" "$work/new/test" split=test
says "its splits are train, val"
expect 0 "$TENCH" pack "$work/splits" "$work/new/one" search_split=no --json
same "$(field splits images split)" $'nil\n100\nnull' "pack --json without splits"
expect 0 "$TENCH" pack "$work/splits" "$work/new/both" --json
same "$(field splits.# splits.1.split splits.2.images root)" $'2\ntrain\n40\n'"$work/splits" \
    "pack --json with splits"
expect 0 "$TENCH" info "$work/new/one" --json
same "$(field images splits)" $'100\nnil' "info --json of a pack without splits"

# Lossless files of all kinds: the pack has their pixels, and unpack names each PNG that it makes. With --keep-files it
# restores them.
mkdir -p "$work/lossless/a" "$work/lossless/b"
for kind in grey1 grey8 grey16 grey_alpha8 grey_alpha16 palette1 palette8 rgb8 rgb16 rgba8 rgba16; do
    cp "$here/../golden/png/$kind.png" "$work/lossless/a/"
    cp "$here/../golden/png/${kind}_adam7.png" "$work/lossless/b/"
done
find "$data" -name '*.jpg' | head -n 2 | xargs -I{} cp {} "$work/lossless/a"
expect 0 "$TENCH" pack "$work/lossless" "$work/pixels"
prints "24 of 24 files"
prints "2 as coefficients, 22 as pixels, 0 as they are"
prints "unpack will make PNGs of 22, whose bytes are not in the pack (--keep-files stores them too)"
same "$(hash_of "$work/pixels")" "$(hash_of "$work/lossless")" "batches of pixels"
expect 0 "$TENCH" unpack "$work/pixels" "$work/pngs"
says "a/grey16.png: a PNG with the pixels of the file that was packed; the pack does not keep that file"
prints "22 of them are PNGs with the same pixels, not the files that were packed"
same "$(grep -c ': a PNG with the pixels' "$work/err")" 10 "files that unpack names"
says "and 12 more notes (--json lists all)"
same "$(hash_of "$work/pngs")" "$(hash_of "$work/lossless")" "batches of unpacked PNGs"
for jpeg in "$work"/lossless/a/*.jpg; do
    cmp "$jpeg" "$work/pngs/a/${jpeg##*/}" >&2 || fail "a JPEG beside PNGs is not restored"
done
expect 0 "$TENCH" pack "$work/lossless" "$work/kept" --keep-files --json
same "$(field pixels kept_files)" $'22\n22' "pixels and kept files"
same "$(hash_of "$work/kept")" "$(hash_of "$work/lossless")" "batches of pixels beside files"
expect 0 "$TENCH" unpack "$work/kept" "$work/files" --json
same "$(field pixels kept_files notes.#)" $'22\n22\n0' "kept files that unpack restored"
silent err
diff -r "$work/lossless" "$work/files" >&2 || fail "unpacked kept files: not what was packed"

# Few descriptors and many shards give the same bytes without faults.
expect 0 "$TENCH" pack "$work/splits" "$work/many" --shard-bytes 4000
[ -e "$work/many/shard-00079.coef" ] || fail "fewer than eighty shards"
few() {
    bash -c 'ulimit -n 64; exec "$0" "$@"' "$TENCH" "$@"
}
expect 0 few run "$recipe" "$work/many" search_split=no epochs=2 on_fault=skip --hash --json --quiet
same "$(field faults)" 0 "faults with few descriptors"
few_hash=$(field hash)
expect 0 "$TENCH" run "$recipe" "$work/splits" search_split=no epochs=2 --hash --json --quiet
same "$few_hash" "$(field hash)" "batches with few descriptors"

# Ctrl-C: the program says what it kept, and the same command continues after that.
mkdir "$work/links"
for n in {1..40}; do
    cp -rl "$data" "$work/links/$n" # more files, so that the run takes long enough
done
interrupts tench/pack pack_many "$work/stopped" --shard-bytes 800000
kept=$(field kept)
[ "$kept" -lt 2400 ] || fail "all was kept of an interrupted pack"
[ "$kept" -eq 0 ] || expect 0 "$TENCH" pack "$work/links" "$work/stopped" \
    --shard-bytes 800000 --json
[ "$kept" -eq 0 ] || same "$(field "done" resumed)" 2400$'\n'"$kept" "files in the end, and before"
interrupts tench/pack pack_many "$work/nothing"
same "$(field kept)" 0 "files that were kept without a whole shard"
[ ! -e "$work/nothing" ] || fail "a folder in which nothing was kept"

exit "$failed"
