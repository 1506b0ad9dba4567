#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# test_bad_images.sh FOLDER: unpacks the collection of bad images (bad-images.tar in $TENCH_SHARED/data,
# or in ../shared/data beside the checkout) in FOLDER, and loads all of its files with the training
# recipe, mixed with good ones. Nothing crashes, hangs or leaks, and the bytes are the same for any
# number of threads. Skips if there is no collection. tests/golden/bad_images.py also compares the
# verdicts with Pillow's.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
top=$here/../..
tar=${TENCH_SHARED:-$top/../shared}/data/bad-images.tar
[ -r "$tar" ] || {
    echo "skipped: no $tar"
    exit 77
}
# A file that needs a module ends the run if the module is missing.
missing=$("$TENCH" doctor | grep -E 'libtench_[a-z]+\.so' || true)
[ -z "$missing" ] || {
    echo "skipped: $missing"
    exit 77
}
folder=$(realpath -m "${1:?usage: test_bad_images.sh FOLDER}")
rm -rf "$folder" && mkdir -p "$folder/mixed/bad" "$folder/mixed/good"
tar -xf "$tar" -C "$folder" || exit 1

n=0
good=$(find "$folder" -name photo-reference.jpg)
[ -n "$good" ] || fail "no photo-reference.jpg in $tar"
while read -rd '' file; do
    n=$((n + 1))
    ln -s "$file" "$folder/mixed/bad/$n.jpg"
    ln -s "$good" "$folder/mixed/good/$n.jpg"
done < <(find "$folder" -path "$folder/mixed" -prune -o -type f ! -name MANIFEST.tsv -print0 | sort -z)
[ $n -gt 600 ] || fail "only $n files in $tar"

# With 192 MiB the largest is refused, and the others are decoded.
run=(
    timeout 120 "$TENCH" run "$top/recipes/imagenet_train.lua" "$folder/mixed"
    dataset.search_split=no loader.drop_last=no loader.large_bytes=201326592 --json --hash
)
expect 0 "${run[@]}" on_fault=skip threads=3
silent err
same "$(field images)" $((2 * n)) "images"
facts=$(field images faults hash)
[ "$(field faults)" -gt 400 ] || fail "only $(field faults) faults"
expect 0 "${run[@]}" on_fault=skip threads=1
same "$(field images faults hash)" "$facts" "one thread"
expect 3 "${run[@]}" on_fault=raise threads=3
says "bad/"
expect 0 timeout 120 "$TENCH" info "$folder/mixed" search_split=no --json
[ "$(field 'unreadable.#')" -gt 200 ] || fail "only $(field 'unreadable.#') unreadable headers"

rm -rf "$folder"
exit $failed
