#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Bad files: no images, not whole, no files, or changed while they are read. Each is named with a
# reason, none harms more than its own sample, and the batches are the same for any number of threads.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 12
jpegs=$here/../golden/jpeg
bad=$data/n03

# Reads whole images, so that the verdicts on the golden files are Pillow's.
cat >"$recipe" <<'END'
return {
    ops = {
        op.resize{ size = 32, mode = "exact" },
        op.random_resized_crop{ size = 24 },
        op.convert{ dtype = "u8" },
    },
    loader = { batch_size = 7, shuffle = true, seed = 7, threads = 3, large_bytes = 67108864 },
}
END

# with_size FILE HEIGHT WIDTH: prints the JPEG with another size in its frame header
with_size() {
    local frame
    frame=$(LC_ALL=C grep -obUaP -m 1 '\xff\xc0' "$1" | head -n 1 | cut -d: -f1)
    head -c $((frame + 5)) "$1"
    # shellcheck disable=SC2059 # the format is made of the numbers
    printf "$(printf '\\x%02x' $(($2 / 256)) $(($2 % 256)) $(($3 / 256)) $(($3 % 256)))"
    tail -c +$((frame + 10)) "$1"
}

cp "$jpegs"/*.jpg "$bad"
: >"$bad/empty.jpg"
echo "Not found" >"$bad/text.jpg"
printf '\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\1\0\0\0\1\10\2\0\0\0' >"$bad/png.jpg"
head -c 700 "$jpegs/420.jpg" >"$bad/short.jpg"
head -c 65536 /dev/zero >"$bad/zeros.jpg"
with_size "$jpegs/420.jpg" 65500 65500 >"$bad/huge.jpg"
with_size "$jpegs/420.jpg" 9000 9000 >"$bad/tall.jpg"
with_size "$jpegs/420.jpg" 0 45 >"$bad/flat.jpg"
with_size "$jpegs/420.jpg" 37 45 >"$bad/patched.jpg"
mkdir "$bad/folder.jpg" # a class without images
mkfifo "$bad/pipe.jpg"
ln -s /nowhere/at-all "$bad/gone.jpg"
ln -s circle.jpg "$bad/circle.jpg"
cmp -s "$bad/patched.jpg" "$jpegs/420.jpg" || fail "with_size changes more than the size"

# Each bad file, and what the program says about it.
declare -A reason=(
    [empty]="empty file" [text]="text" [png]="truncated PNG" [short]="truncated JPEG"
    [zeros]="only zero bytes" [huge]="4290250000 pixels: more than the limit" [tall]="more than large_bytes = 67108864"
    [flat]="JPEG" [pipe]="is a pipe" [gone]="No such file" [circle]="Too many levels"
)
while read -r name verdict _; do
    [ "$verdict" = ok ] || reason[$name]="JPEG"
done <"$jpegs/golden.txt"

# names_all LIST: the list in $work/out names exactly the bad files, with their reasons
names_all() {
    local name message fields=() place
    for ((place = 1; place <= $(field "$1.#"); place++)); do
        fields+=("$1.$place.name" "$1.$place.message")
    done
    : >"$work/names"
    field "${fields[@]}" | while read -r name && read -r message; do
        name=${name#n03/}
        [[ $message == *"${reason[${name%.jpg}]:-?}"* ]] || echo "unexpected: $name: $message"
        echo "$name" >>"$work/names"
    done >"$work/wrong"
    printf '%s.jpg\n' "${!reason[@]}" | sort | diff - <(sort -u "$work/names") >>"$work/wrong"
    [ ! -s "$work/wrong" ] || fail "$1 of $last: $(cat "$work/wrong")"
}

expect 0 "$TENCH" info "$data"
prints "unreadable "
prints "n03/circle.jpg: Too many levels"

# Skip: every batch is full, every bad file is named, and the number of threads changes nothing.
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip epochs=3 threads=1 --json --hash
names_all fault_list
for ((place = 1; place <= $(field "faulty_files.#"); place++)); do
    field "faulty_files.$place.name" | sed 's,^n03/,,'
done | sort >"$work/files"
printf '%s.jpg\n' "${!reason[@]}" | sort | cmp -s - "$work/files" || fail "faulty_files: $(cat "$work/files")"
facts=$(field images batches faults hash)
for threads in 2 3 8; do
    expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip epochs=3 threads=$threads --json --hash
    same "$(field images batches faults hash)" "$facts" "$threads threads"
done
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip
prints "n03/"
prints "more files (--json lists all)"

# Raise: the first bad file in the order ends the run, after the batches before it.
expect 3 "$TENCH" run "$recipe" "$data" on_fault=raise threads=1 --json --hash
facts=$(field images batches faults hash fault_list.1.name fault_list.1.message)
says "$(field fault_list.1.name)"
expect 3 "$TENCH" run "$recipe" "$data" on_fault=raise threads=3 --json --hash
same "$(field images batches faults hash fault_list.1.name fault_list.1.message)" "$facts" "raise"
expect 3 "$TENCH" run "$recipe" "$data" on_fault=skip loader.fault_budget=5 --json
says "budget"

# Only bad files: no substitute works, and the run ends.
mkdir -p "$work/bad/only"
cp "$bad/empty.jpg" "$bad/text.jpg" "$work/bad/only"
expect 3 "$TENCH" run "$recipe" "$work/bad" on_fault=skip
says "only/"

# A file shrinks and grows while epochs run. It is read whole, or it is a fault; the others are fine.
rm -r "$bad" && mkdir "$bad"
head -c 3000000 /dev/zero | cat "$jpegs/420.jpg" - >"$work/long.jpg"
cp "$work/long.jpg" "$bad/moving.jpg"
while :; do
    : >"$bad/moving.jpg"
    cat "$work/long.jpg" >"$bad/moving.jpg"
done 2>/dev/null &
mover=$!
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip epochs=20 --json
kill $mover && wait $mover 2>/dev/null
[[ $(field images) -eq 500 ]] || fail "a moving file: $(field images) images"
for ((place = 1; place <= $(field faults); place++)); do
    same "$(field fault_list.$place.name)" "n03/moving.jpg" "fault $place"
done

exit $failed
