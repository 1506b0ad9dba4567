#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A module that is missing is the machine's trouble: its files are not skipped, and the message names
# what to install. With the module they are read, whatever their names end with.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
golden=$here/../golden
images 4

# first FORMAT: prints the first file of that format
first() {
    head -c "$(awk 'NR == 1 { print $2 }' "$golden/$1/golden.txt")" "$golden/$1/files.bin"
}

mkdir "$work/bin"
cp "$TENCH" "$work/bin/tench"
read -ra built <<<"$MODULES"
for module in webp:webp avif:avif tiff:tiff vips:jp2 vips:jxl heif:heif; do
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
exit "$failed"
