#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# seeds.sh TARGET FOLDER: writes the first inputs of a fuzz target.
set -euo pipefail
target=${1:?usage: seeds.sh TARGET FOLDER}
folder=${2:?}
here=$(dirname "${BASH_SOURCE[0]}")/..
mkdir -p "$folder"

# Every small JPEG of the tests, as a whole and in parts, at each level, as RGB and as L. input.h
# describes the five bytes.
decode() {
    local n=0 file tail
    for file in "$here"/golden/jpeg/*.jpg "$here"/data/*/*/*.jpg; do
        for tail in '\x00\x00\x00\x00\x00' '\x01\x30\xa0\x20\x70' '\x02\x80\xf0\x00\x00' \
            '\x82\x00\x40\x90\xff'; do
            n=$((n + 1))
            { cat "$file" && printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# The same files with an index of 1, 3 or 8 columns. The fourth kind spoils two entries.
index() {
    local n=0 file tail
    for file in "$here"/golden/jpeg/*.jpg "$here"/data/*/*/*.jpg; do
        for tail in '\x00\x00\x00\x00\x00\x00' '\x02\x01\x30\xa0\x20\x70' '\x07\x02\x80\xf0\x00\x00' \
            '\x00\x02\x05\x01\x00\x04\x00\xff\x23\x02\x40\x90\x80\xff'; do
            n=$((n + 1))
            { cat "$file" && printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# The same files, packed in each layout. The last two kinds spoil the record.
packed() {
    local n=0 file tail
    for file in "$here"/golden/jpeg/*.jpg "$here"/data/*/*/*.jpg; do
        for tail in '\x00\x00\x00\x00\x00\x00' '\x01\x01\x30\xa0\x20\x70' \
            '\x00\x08\x00\x10\x20\x02\x00\x00\x00\x00' \
            '\x00\x09\x00\xff\x00\x0a\x00\x81\x21\x02\x40\x90\x80\xff'; do
            n=$((n + 1))
            { cat "$file" && printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# Every small PNG of the tests, as RGB at each level, and as RGBA, as it is and in parts; and its compressed image data
# taken as rows. png.c describes the first byte.
png() {
    local n=0 file tail
    for file in "$here"/golden/png/*.png; do
        for tail in '\x01\x00\x00\x00\x00' '\x08\x30\xa0\x20\x70' '\x2a\x00\x00\x40\xff'; do
            n=$((n + 1))
            { cat "$file" && printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# The same files, packed in each layout. The last two kinds spoil the record.
stripes() {
    local n=0 file tail
    for file in "$here"/golden/png/*.png; do
        for tail in '\x00\x00\x00\x00\x00\x00' '\x01\x01\x30\xa0\x20\x70' \
            '\x00\x00\x3f\x04\x10\x02\x00\x00\x00\x00' \
            '\x00\x00\x50\xff\x00\x00\x3a\x01\x21\x02\x40\x90\x80\xff'; do
            n=$((n + 1))
            { cat "$file" && printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# A store and a journal with one record each (format.md). The target repairs their checksums.
store() {
    local zeros='\x00\x00\x00\x00\x00\x00\x00\x00' one='\x01\x00\x00\x00\x00\x00\x00\x00'
    local record="${zeros}TNR2\\x00\\x00\\x00\\x00$zeros$one$zeros$zeros$zeros\\x02\\x00\\x04\\x00\\x01\\x00\\x00\\x00a"
    local rest="$zeros$zeros$zeros$zeros$zeros"
    printf '%b' "tnindex2$one$rest$zeros" '\x41\x00\x00\x05\x00\x00\x00\x00' "$one$record" '\x02' >"$folder/store"
    printf '%b' "tnjourn2$zeros$rest$zeros$record$record" '\x03' >"$folder/journal"
}

# The inputs of the folder suffice.
arrays() {
    cp "$here"/fuzz/arrays/* "$folder"
}

# The pickles of tests/golden.
pickle() {
    cp "$here"/golden/cifar/* "$folder"
}

# The lists of tests/golden, with each kind of labels (list.c describes the last byte).
list() {
    local n=0 file kind format
    for file in "$here"/golden/lists/*; do
        case $file in *.csv) format=0 ;; *.tsv) format=1 ;; *) format=2 ;; esac
        for kind in 0 1 2 3 4 5 18; do # the last one has weights
            n=$((n + 1))
            { head -c 400 "$file" && printf '%b' "$(printf '\\x%02x' $((3 * kind + format)))"; } >"$folder/seed-$n"
        done
    done
}

# Files of the format from tests/golden/small_formats.inc, each in a mode and with a region of its own.
small() {
    local n=0 bytes
    while read -r bytes; do
        n=$((n + 1))
        printf '%b' "$bytes\\x$(printf '%02x' $((n % 20 * 4)))\\x30\\xa0\\x20\\x70" >"$folder/seed-$n"
    done < <(sed -nE "s/^\\{\"$1 [^\"]*\", \"([0-9a-f]*)\".*/\\1/p" "$here/golden/small_formats.inc" |
        sed -E 's/../\\x&/g')
}
bmp() { small bmp; }
gif() { small gif; }
pnm() { small pnm; }
qoi() { small qoi; }

# The files of tests/golden/FORMAT, which lie one after the other: golden.txt has their sizes.
golden() {
    local n=0 at=0 size
    while read -r _ size _; do
        n=$((n + 1))
        { dd if="$here/golden/$1/files.bin" iflag=skip_bytes,count_bytes skip=$at count="$size" status=none
            printf '%b' "\\x$(printf '%02x' $((n % 20 * 4)))\\x30\\xa0\\x20\\x70"; } >"$folder/seed-$n"
        at=$((at + size))
    done <"$here/golden/$1/golden.txt"
}
avif() { golden avif; }
heif() { golden heif; }
jp2() { golden jp2; }
tiff() { golden tiff; }
webp() { golden webp; }

# Streams of gzip, and without its wrapper. inflate.c describes the three bytes.
inflate() {
    local n=0 file level tail
    for file in "$here"/fuzz/*.sh "$here"/golden/folder.inc "$here"/golden/jpeg/411.jpg; do
        for level in 1 6 9; do
            for tail in '\x02\x00\x00' '\x02\x07\x30' '\x00\x00\x00' '\x00\x90\x05'; do
                n=$((n + 1))
                head -c 6000 "$file" | gzip -n -"$level" >"$folder/gzip"
                { if [[ $tail == '\x02'* ]]; then cat "$folder/gzip"; else tail -c +11 "$folder/gzip" | head -c -8; fi
                    printf '%b' "$tail"; } >"$folder/seed-$n"
            done
        done
    done
    rm "$folder/gzip"
    printf '%b' '\x78\x9c\x4b\x4c\x4a\x06\x00\x02\x4d\x01\x27\x01\x00\x00' >"$folder/zlib"
}

# The smallest LMDB files of the tests. Their pages have 4096 bytes; the target takes others too.
lmdb() {
    local file
    for file in "$here"/golden/lmdbs/*/data.mdb; do
        cp "$file" "$folder/$(basename "$(dirname "$file")")"
    done
}

# The small zips of the tests.
zip() {
    cp "$here"/golden/zips/*.zip "$here"/golden/zips/*/*.zip "$folder"
}

# The small tars of the tests, with each choice of the target.
tar() {
    local file n=0 tail
    for file in "$here"/golden/tars/*.tar "$here"/golden/tars/*/*.tar "$here"/golden/shards/*.tar; do
        for tail in '\x00' '\x01' '\x03' '\x23' '\x33'; do
            n=$((n + 1))
            { head -c 8000 "$file"; printf '%b' "$tail"; } >"$folder/seed-$n"
        done
    done
}

# The listing that a test left: one of few samples in two files.
listing() {
    cp "$here"/fuzz/listing/* "$folder"
}

card() {
    cp "$here"/fuzz/card/usual "$folder"
}

json() {
    cp "$here"/golden/shards/info/_info.json "$folder"
    printf '%s' '{"a": [1, -2.5e3, "x\u00e9\n", {"b/c": null}], "d": [[], {}], "e": true}' >"$folder/small"
}

# An index of the target's shard, and one of wids.
wds() {
    cp "$here"/fuzz/wds/* "$folder"
}

tfrecord() {
    find "$here/golden/tfrecords" -name '*-of-*' -exec cp -t "$folder" {} +
}

# The small Parquet files of the tests.
parquet() {
    find "$here"/golden/parquet -name '*.parquet' -size -8k -exec cp {} "$folder" \;
}

"$target"
