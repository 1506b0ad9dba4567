#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# bad_images.sh FOLDER COMMAND [ARGUMENT…]: unpacks a collection of bad images in FOLDER and runs the command on it;
# its last argument is FOLDER. The collection is bad-images.tar in $TENCH_SHARED/data, or in ../shared/data beside the
# checkout. Skips if it is absent.
set -euo pipefail
folder=$(realpath -m "${1:?usage: bad_images.sh FOLDER COMMAND [ARGUMENT…]}")
shift
tar=${TENCH_SHARED:-$(dirname "${BASH_SOURCE[0]}")/../../../shared}/data/bad-images.tar
[ -r "$tar" ] || {
    echo "skipped: no $tar"
    exit 77
}
rm -rf "$folder" && mkdir -p "$folder"
tar -xf "$tar" -C "$folder"
"$@" "$folder" >"$folder.log" || {
    tail -n 1 "$folder.log"
    exit 1
}
tail -n 1 "$folder.log"
rm -rf "$folder" "$folder.log"
