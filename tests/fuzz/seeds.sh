#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# seeds.sh TARGET FOLDER: writes the first inputs of a fuzz target.
set -euo pipefail
target=${1:?usage: seeds.sh TARGET FOLDER}
folder=${2:?}
here=$(dirname "${BASH_SOURCE[0]}")/..
mkdir -p "$folder"

# Every small JPEG of the tests, as a whole and in parts, at each level, as RGB and as L (input.h has
# the five bytes).
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

"$target"
