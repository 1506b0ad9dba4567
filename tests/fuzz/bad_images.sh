#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bad_images.sh COMPARE_FILES FOLDER: the collection of bad images, bad-images.tar in
# $TENCH_SHARED/data or in ../shared/data beside the checkout, unpacked in FOLDER. The codecs together
# give the verdict, the message and the pixels that libjpeg gives alone, at each instruction set.
# Skips where the collection is absent.
set -euo pipefail
compare_files=${1:?usage: bad_images.sh COMPARE_FILES FOLDER}
folder=$(realpath -m "${2:?}")
tar=${TENCH_SHARED:-$(dirname "${BASH_SOURCE[0]}")/../../../shared}/data/bad-images.tar
[ -r "$tar" ] || {
    echo "skipped: no $tar"
    exit 77
}
rm -rf "$folder" && mkdir -p "$folder"
tar -xf "$tar" -C "$folder"
"$compare_files" "$folder" >"$folder.log" || {
    tail -n 1 "$folder.log"
    exit 1
}
tail -n 1 "$folder.log"
rm -rf "$folder" "$folder.log"
