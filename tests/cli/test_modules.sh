#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A module that is missing is the machine's trouble: its files are not skipped, and the message names
# what to install. With the module they are read, whatever their names end with. Packs need a module
# for the formats that they store as pixels.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
golden=$here/../golden
images 4

# first FORMAT: prints the first file of that format
first() {
    head -c "$(awk 'NR == 1 { print $2 }' "$golden/$1/golden.txt")" "$golden/$1/files.bin"
}

# one FORMAT NAME: prints the file of that name
one() {
    local at size
    read -r at size <<<"$(awk -v name="$2" '$1 == name { print at + 0, $2 } { at += $2 }' "$golden/$1/golden.txt")"
    tail -c "+$((at + 1))" "$golden/$1/files.bin" | head -c "$size"
}

# hash_of PROGRAM DATASET: prints the hash of a run
hash_of() {
    expect 0 "$1" run "$recipe" "$2" epochs=1 dtype=u8 --hash --json --quiet
    field hash
}

mkdir "$work/bin"
cp "$TENCH" "$work/bin/tench"
read -ra built <<<"$MODULES"
for module in webp:webp avif:avif tiff:tiff jp2:jp2 vips:jxl heif:heif; do
    format=${module%:*}
    first "${module#*:}" >"$data/n03/z.jpg"
    expect 6 "$work/bin/tench" run "$recipe" "$data" on_fault=skip
    says "z.jpg"
    says "files need tench's module libtench_$format.so, which is not installed"
    expect 6 "$work/bin/tench" verify "$data"
    says "libtench_$format.so"
    expect 0 "$work/bin/tench" doctor
    prints "$format: "
    [[ " ${built[*]} " == *" tench_$format "* ]] || continue
    expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip --json
    same "$(field faults)" 0 "faults of $format"
    expect 0 "$TENCH" verify "$data"
    expect 0 "$TENCH" info "$data"
done

# A file that is not a module is not said to be missing.
for module in ${built[0]+"${built[0]#tench_}"}; do
    echo "no library" >"$work/bin/libtench_$module.so"
    expect 0 "$work/bin/tench" doctor
    prints "$module: "
    prints "bin/libtench_$module.so, and the system cannot load that file ("
    rm "$work/bin/libtench_$module.so"
done

# Lossless WebP and TIFF become pixels, and packing them needs the modules; reading the pack does not.
pixels=$work/pixels
mkdir -p "$pixels/webp" "$pixels/tiff"
one webp lossless.webp >"$pixels/webp/colours.png"
one webp lossless_alpha.webp >"$pixels/webp/alpha.png"
one tiff rgb_tiff_lzw.tif >"$pixels/tiff/colours.png"
one tiff predictor_I16_tiff_lzw.tif >"$pixels/tiff/wide.png"
for format in webp tiff; do
    expect 6 "$work/bin/tench" pack "$pixels/$format" "$work/none"
    says ".png"
    says "files need tench's module libtench_$format.so, which is not installed"
    [ ! -e "$work/none/tench.pack" ] || fail "a pack without the module of $format"
    rm -rf "$work/none"
done
if [[ " ${built[*]} " == *" tench_webp "* && " ${built[*]} " == *" tench_tiff "* ]]; then
    hash=$(hash_of "$TENCH" "$pixels")
    expect 0 "$TENCH" pack "$pixels" "$work/packed"
    prints "4 of 4 files"
    prints "0 as coefficients, 4 as pixels, 0 as they are"
    same "$(hash_of "$work/bin/tench" "$work/packed")" "$hash" "batches of packed WebP and TIFF"
    expect 0 "$work/bin/tench" unpack "$work/packed" "$work/pngs"
    for name in webp/colours webp/alpha tiff/colours tiff/wide; do
        says "$name.png: a PNG with the pixels of the file that was packed"
    done
    same "$(hash_of "$work/bin/tench" "$work/pngs")" "$hash" "batches of their PNGs"
    one webp lossy.webp >"$pixels/webp/lossy.png"
    one tiff rgb_jpeg.tif >"$pixels/tiff/lossy.png"
    expect 0 "$TENCH" pack "$pixels" "$work/kept" --keep-files
    prints "0 as coefficients, 4 as pixels, 2 as they are"
    expect 0 "$TENCH" unpack "$work/kept" "$work/files"
    diff -r "$pixels" "$work/files" >&2 || fail "unpacked WebP and TIFF: not what was packed"
fi
exit "$failed"
