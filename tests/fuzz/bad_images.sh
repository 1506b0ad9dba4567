#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bad_images.sh COMPARE_FILES FOLDER: unpacks a collection of bad images in FOLDER and compares the
# codecs with libjpeg on it. They must give the same verdicts, messages and pixels at each instruction
# set. The collection is bad-images.tar in $TENCH_SHARED/data, or in ../shared/data beside the checkout.
# Skips if it is absent.
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
