#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Verification finds damage and says where it is. It tells damage from guesses, changes and wrong
# indexes.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 6
export XDG_CACHE_HOME="$work/cache"
kinds="damaged guessed changed misindexed"

# found KIND COUNT…: compares the numbers of the report
found() {
    # shellcheck disable=SC2086 # a list
    same "$(field $kinds | tr '\n' ' ')" "$1 " "$2"
}

expect 0 "$TENCH" verify "$data" --json
found "0 0 0 0" "whole files"
same "$(field samples "done" indexed findings.#)" $'18\n18\n0\n0' "whole files"
silent err
expect 0 "$TENCH" index "$data"
expect 0 "$TENCH" verify "$data" --json --threads 3
found "0 0 0 0" "whole files with their index"
same "$(field indexed)" 18 "files decoded by their index"
expect 0 "$TENCH" verify "$data" input_img_mode=L
prints "checked      18 of 18 files"
prints "18 also with their index"

# Damage in a place that no crop of an epoch may ever need.
cut="$data/n03/image 0.jpg"
size=$(stat -c %s "$cut")
truncate -s -100 "$cut"
echo "no image" >"$data/n03/image 1.jpg"
rm "$data/n03/image 2.jpg" && ln -s "$work/nowhere" "$data/n03/image 2.jpg"
# Two bytes of the scan become a marker, and libjpeg continues with grey.
torn="$data/n03/image 3.jpg"
middle=$(($(stat -c %s "$torn") / 2))
printf '\xff\xd9' | dd of="$torn" bs=1 seek=$middle conv=notrunc status=none
expect 3 "$TENCH" verify "$data" --json
cp "$work/out" "$work/report"
same "$(field damaged guessed changed)" $'3\n1\n3' "damaged and changed files"
check() { # FINDING FIELD VALUE
    cp "$work/report" "$work/out"
    same "$(field "findings.$1.$2")" "$3" "finding $1, $2"
}
check 1 name "n03/image 0.jpg"
check 1 kind damaged
check 1 code TN_EDECODE
check 1 stage decode
check 1 byte $((size - 100))
check 1 index 12
check 2 name "n03/image 0.jpg"
check 2 kind changed
check 3 name "n03/image 1.jpg"
check 3 kind damaged
check 3 byte null
check 4 kind changed
check 5 name "n03/image 2.jpg"
check 5 code TN_EIO
check 5 stage read
cp "$work/report" "$work/out"
row=$(field findings.1.row)
[ "$row" -gt 0 ] || fail "row $row of a file that is cut off"
check 6 name "n03/image 3.jpg"
check 6 kind guessed
check 6 guesses 1
cp "$work/report" "$work/out"
byte=$(field findings.6.byte) # roughly, because the decoder reads ahead
[ $(((byte - middle) * (byte - middle))) -lt 10000 ] ||
    fail "byte $byte of a scan torn at $middle"
expect 3 "$TENCH" verify "$data"
prints "n03/image 0.jpg: decode: truncated JPEG"
prints "n03/image 2.jpg: read: No such file or directory"
prints "damaged      3"
prints "n03/image 3.jpg: 1 guesses, the first: Corrupt JPEG data: premature end of data segment"

# Guesses alone are reported, and are not a failure. The file gets no index.
rm "$data/.tench-index" "$data/n03/image 2.jpg" # a link: writing would go through it
images 6
printf '\xff\xd9' | dd of="$torn" bs=1 seek=$middle conv=notrunc status=none
expect 0 "$TENCH" verify "$data" --json
found "0 1 0 0" "a torn file"
same "$(field findings.1.kind findings.1.code)" $'guessed\nTN_OK' "a torn file"
expect 0 "$TENCH" index "$data" --json
same "$(field built unclean)" $'17\n1' "a torn file gets no index"

# The index is damaged, or belongs to another file.
printf '\xa5' | dd of="$data/.tench-index" bs=1 seek=1000 conv=notrunc status=none
expect 3 "$TENCH" verify "$data" --json
same "$(field misindexed)" 1 "damaged records"
echo "no index" >"$data/.tench-index"
expect 3 "$TENCH" verify "$data" --json
same "$(field misindexed findings.1.index)" $'1\nnull' "a damaged index"

expect 2 "$TENCH" verify "$work/absent"
says "absent"
expect 1 "$TENCH" verify "$data" --jsn
says "the nearest known is --json"
expect 1 "$TENCH" verify "$data" --threads many
says "threads"
expect 3 bash -c 'timeout -s INT 60 "$0" verify "$1" --quiet >/dev/full; exit 3' "$TENCH" "$data"

# Ctrl-C ends the verb, which reports its findings so far.
images 400
for n in {1..12}; do
    cp -rl "$data/n03" "$data/n03 $n"
done
interrupts tench/verify "$TENCH" verify "$data" --threads 1 --json

exit $failed
