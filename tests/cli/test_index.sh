#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The random access index, built ahead or while loading, interrupted, killed, on a full disk, by two
# processes at once, for files that change, and damaged. No byte of a batch ever differs.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 12 # 36 in all
export XDG_CACHE_HOME="$work/cache"
store="$data/.tench-index"

# hash_is_right SETTING…: an epoch with the settings has the bytes of one without an index
hash_is_right() {
    expect 0 "$TENCH" run "$recipe" "$data" --json --hash "$@"
    same "$(field hash)" "$plain" "hash with $*"
}

counts() {
    field index_used index_built index_dropped | tr '\n' ' '
}

expect 0 "$TENCH" run "$recipe" "$data" --json --hash index=off
plain=$(field hash)
same "$(counts)" "0 0 0 " "counts without an index"
[ ! -e "$store" ] || fail "an index was built without index=auto"
expect 2 "$TENCH" run "$recipe" "$data" index=yes
says "one of use, auto, paranoid, off"
hash_is_right # index=use, but there is no index
[ ! -e "$store" ] || fail "an index was built without index=auto"

# While loading: the first epoch builds the index, the second uses it, and the next run has all of it.
hash_is_right index=auto
same "$(counts)" "0 36 0 " "counts of the first epoch"
[ -s "$store" ] || fail "index=auto left no index"
for mode in use auto paranoid; do
    hash_is_right index=$mode threads=3
    same "$(counts)" "36 0 0 " "counts with index=$mode"
    silent err
done
hash_is_right index=off
same "$(counts)" "0 0 0 " "counts with index=off"
expect 0 "$TENCH" run "$recipe" "$data" --json index=auto epochs=3
same "$(counts)" "108 0 0 " "counts of three epochs"
rm "$store"
expect 0 "$TENCH" run "$recipe" "$data" --json index=auto epochs=3
same "$(counts)" "72 36 0 " "counts of three epochs of which the first builds"

# Ahead: records that exist are kept, unless the command asks for another form.
rm "$store"
expect 0 "$TENCH" index "$data" --json
same "$(field samples "done" built known)" $'36\n36\n36\n0' "files of the first time"
same "$(field index_bytes)" "$(stat -c %s "$store")" "bytes on disk"
same "$(field path)" "$store" "path"
expect 0 "$TENCH" index "$data" --json
same "$(field built known)" $'0\n36' "files of the second time"
before=$(stat -c %s "$store")
expect 0 "$TENCH" index "$data" --json --entries 1 --threads 2
same "$(field built known)" $'36\n0' "files with one entry a row"
[ "$(stat -c %s "$store")" -lt "$before" ] || fail "one entry a row takes as much as four"
hash_is_right
same "$(counts)" "36 0 0 " "counts with one entry a row"
expect 0 "$TENCH" index "$data" --json --force --entries=16
same "$(field built)" 36 "files with --force"
hash_is_right
expect 0 "$TENCH" index "$data"
prints "indexed      36 of 36 files"
prints "% of the data's"
expect 2 "$TENCH" index "$work/absent"
says "absent"
expect 1 "$TENCH" index "$data" --entries 17
says "outside its range 1 to 16"
expect 0 "$TENCH" pack "$data" "$work/pack"
expect 2 "$TENCH" index "$work/pack"
says "is a pack, which needs no index"
expect 0 "$TENCH" verify "$work/pack" --json
same "$(field samples "done" damaged indexed)" $'36\n36\n0\n0' "verification of a pack"
expect 1 "$TENCH" index
says "usage: tench index DATASET"
same "$(find "$data" -name '.tench*' | wc -l)" 1 "files beside the data"

# An index of other files, of another order, or of a part of the files: names decide what fits.
mv "$data/n03/image 3.jpg" "$work/"
expect 0 "$TENCH" run "$recipe" "$data" --json
same "$(counts)" "35 0 0 " "counts without one file"
mv "$work/image 3.jpg" "$data/n03/"
cp "$data/n03/image 4.jpg" "$data/n03/image 40.jpg"
expect 0 "$TENCH" run "$recipe" "$data" --json index=auto
same "$(counts)" "36 1 0 " "counts with one more file"
rm "$data/n03/image 40.jpg"
hash_is_right
same "$(counts)" "36 0 0 " "counts after it"
silent err

# Changed files: a run drops their records with one warning, and index=auto makes new ones. A file that
# was only touched keeps its record.
touch "$data/n03/image 1.jpg"
hash_is_right
same "$(counts)" "36 0 0 " "counts with a touched file"
cp "$data/n03/image 1.jpg" "$work/old.jpg"
cp "$data/n03/image 2.jpg" "$data/n03/image 1.jpg"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash epochs=2
changed=$(field hash)
same "$(counts)" "70 0 1 " "counts with a changed file"
says "n03/image 1.jpg: the file has changed since it was indexed"
same "$(grep -c "has changed since it was indexed" "$work/err")" 1 "warnings"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash epochs=2 index=off
same "$(field hash)" "$changed" "hash with a changed file"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash epochs=2 index=auto
same "$(field hash)" "$changed" "hash with a changed file"
same "$(counts)" "71 1 1 " "counts with a changed file, index=auto"
cp "$work/old.jpg" "$data/n03/image 1.jpg"
expect 0 "$TENCH" index "$data" --json
same "$(field built known)" $'1\n35' "files after a change"

# Only index=paranoid sees a change that keeps size and time. The last byte of the scan changes, which
# no crop of this epoch needs.
file="$data/n03/image 2.jpg"
touch -r "$file" "$work/time"
cp -p "$file" "$work/whole.jpg"
printf '\x5a' | dd of="$file" bs=1 seek=$(($(stat -c %s "$file") - 3)) conv=notrunc status=none
touch -r "$work/time" "$file"
expect 0 "$TENCH" run "$recipe" "$data" --json index=paranoid
same "$(field index_dropped)" 1 "files dropped by index=paranoid"
says "n03/image 2.jpg: the file has changed since it was indexed"
cp -p "$work/whole.jpg" "$file"
hash_is_right index=paranoid
same "$(counts)" "36 0 0 " "counts with the file back"

# A hash is not an identity: these names differ but have the same XXH3. Each file has its own record.
for n in {1..9}; do
    cp "$data/n03/image $n.jpg" "$work/one $n.jpg"
    mkdir -p "$work/names"/$'\xb8\xfe\x6c\x39\x23\xa4\x4b\xbe'
    mv "$work/one $n.jpg" "$work/names"/$'\xb8\xfe\x6c\x39\x23\xa4\x4b\xbe'"/img000${n}the-same-key.jpg"
done
expect 0 "$TENCH" index "$work/names" --json
same "$(field built known)" $'9\n0' "files of one hash"
expect 0 "$TENCH" index "$work/names" --json
same "$(field built known)" $'0\n9' "files of one hash, once more"
expect 0 "$TENCH" run "$recipe" "$work/names" --json index=paranoid
same "$(counts)" "9 0 0 " "counts of files of one hash"
silent err

# A file with the time 0 is known by its hash: it is indexed again only if it changed.
shopt -s globstar
touch -d @0 "$work/names"/**/*.jpg
expect 0 "$TENCH" index "$work/names" --json
expect 0 "$TENCH" index "$work/names" --json
same "$(field built known)" $'0\n9' "files without a time"
first=$(find "$work/names" -name '*1the-same-key.jpg')
printf '\x7f' | dd of="$first" bs=1 seek=15 conv=notrunc status=none # JFIF's density
touch -d @0 "$first"
expect 0 "$TENCH" index "$work/names" --json
same "$(field built known)" $'1\n8' "files without a time after a change"
expect 0 "$TENCH" run "$recipe" "$work/names" --json
same "$(counts)" "9 0 0 " "counts of files without a time"
silent err

# The umask decides which users can read the journals and the store.
for mask in 077 022 002; do
    rm -f "$work/names"/.tench*
    expect 0 bash -c "umask $mask; exec \"\$0\" index \"\$1\"" "$TENCH" "$work/names"
    same "$(stat -c %a "$work/names/.tench-index")" "$(printf '%o' $((0666 & ~mask)))" "mode with umask $mask"
done

# Waiting ends. While another process holds the lock, a run ends at once, and an indexer after a few
# seconds. Their records stay in journals, which the next indexer merges.
if command -v flock >/dev/null; then
    rm -f "$work/names"/.tench*
    holders=()
    for name in part lock; do
        flock -F "$work/names/.tench-index.$name" sleep 60 &
        holders+=($!)
    done
    wait_for test -e "$work/names/.tench-index.lock"
    expect 0 timeout 20 "$TENCH" run "$recipe" "$work/names" --json index=auto
    says "the new notes stay in $work/names/.tench-index-"
    says "is held by process"
    expect 0 timeout 20 "$TENCH" index "$work/names" --json
    same "$(field built known warnings.#)" $'0\n9\n1' "files indexed beside a lock"
    says "$work/names has journals; they are used, and stay until the next tench index"
    expect 0 timeout 20 "$TENCH" index "$work/names" --force
    prints "9 now, 0 before"
    says "(sleep)"
    kill "${holders[@]}"
    wait "${holders[@]}" 2>/dev/null
    expect 0 "$TENCH" index "$work/names" --json
    same "$(field built known warnings.#)" $'0\n9\n0' "files after the lock is free"
    same "$(find "$work/names" -name '.tench*')" "$work/names/.tench-index" "files beside the data"
else
    echo "skipped: no flock command, so locks of other processes are not tested"
fi

# An index of another user is used only if a setting names it.
if [ "$(id -u)" -eq 0 ] && chown 65534 "$work/names/.tench-index" 2>/dev/null; then
    expect 0 "$TENCH" run "$recipe" "$work/names" --json
    same "$(counts)" "0 0 0 " "counts with an index of another user"
    says "belongs to another user (uid 65534): it is used only if index_path names it"
    expect 0 "$TENCH" run "$recipe" "$work/names" --json "dataset.index_path=$work/names/.tench-index"
    same "$(counts)" "9 0 0 " "counts with an index that is named"
    silent err
else
    echo "skipped: only root can test an index of another user, where there is one"
fi
expect 2 "$TENCH" run "$recipe" "$work/names" "dataset.index_path=$work/absent"
says "$work/absent\": No such file or directory"

# A damaged index gives at most a warning; the files are decoded without it.
cp "$store" "$work/good"
cat >"$work/damage.lua" <<'END'
local file = assert(io.open(arg[1], "r+b"))
local size, seed = file:seek "end", tonumber(arg[2])
math.randomseed(seed)
for _ = 1, 1 + seed % 7 do
    file:seek("set", math.random(0, size - 1))
    file:write(string.char(math.random(0, 255)))
end
file:close()
END
for round in {1..25}; do
    cp "$work/good" "$store"
    "$LUAJIT" "$work/damage.lua" "$store" "$round"
    hash_is_right
done
for size in 0 1 63 64 100 900 5000; do
    head -c $size "$work/good" >"$store"
    hash_is_right
    says "$store"
done
echo "not an index" >"$store"
hash_is_right
says "$store"
rm "$store" && mkdir "$store"
hash_is_right
rmdir "$store" && mkfifo "$store"
hash_is_right
rm "$store" && ln -s /dev/zero "$store"
hash_is_right
rm "$store"
# Two records are swapped: each belongs to the other file.
cp "$work/good" "$store"
head -c 5000 "$work/good" | tail -c 2000 | dd of="$store" bs=1 seek=6000 conv=notrunc status=none
hash_is_right
expect 0 "$TENCH" index "$data" --json
hash_is_right
same "$(counts)" "36 0 0 " "counts after the index was repaired"

# Killed: finished records are kept and used, and the next run continues after them.
rm "$store"
images 200 # 600
journals() {
    find "$data" -name '.tench-index-*.journal' -size +2k | wc -l # those that have records
}
mkdir "$work/left"
for _ in {1..30}; do # some runs end before they are killed
    [ "$(find "$work/left" -type f | wc -l)" -lt 3 ] || break
    "$TENCH" index "$data" --threads 1 --quiet >/dev/null 2>&1 &
    while kill -0 $! 2>/dev/null && [ "$(journals)" -eq 0 ]; do
        sleep 0.001
    done
    kill -9 $! 2>/dev/null
    wait $! 2>/dev/null
    find "$data" -name '.tench-index-*.journal' -size +2k -exec mv {} "$work/left" \;
    rm -f "$data"/.tench*
done
find "$work/left" -type f -exec mv {} "$data" \;
one=$(find "$data" -name '.tench-index-*.journal' | head -n 1)
for n in {10..49}; do # as many kills as there are journals
    cp "$one" "$data/.tench-index-kill$n.journal"
done
left=$(journals)
[ "$left" -gt 40 ] || fail "no journal was left by runs that were killed"
# A journal is cut off inside a record: the records before it are used.
journal=$(find "$data" -name '.tench-index-*.journal' -size +2k | head -n 1)
truncate -s -10 "$journal"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash index=off
plain=$(field hash)
hash_is_right
says "journals more than can be read at once: tench index merges them"
used=$(field index_used)
[ "$used" -gt 0 ] || fail "no journal of a killed run was used"
expect 0 "$TENCH" index "$data" --json
same "$(($(field built) + $(field known)))" 600 "files after the kills"
[ "$(field known)" -ge "$used" ] || fail "$(field known) files known, $used were used before"
same "$(find "$data" -name '.tench*')" "$store" "files beside the data after the kills"
hash_is_right
same "$(counts)" "600 0 0 " "counts after the kills"

# Ctrl-C: finished records are stored, and the exit code says why the run ended.
mkdir "$work/many"
for n in {1..30}; do # more files, so that the run takes long enough
    cp -rl "$data/n03" "$work/many/$n"
done
interrupts tench/index "$TENCH" index "$work/many" --threads 1 --json
done_before=$(field built)
expect 0 "$TENCH" index "$work/many" --json
same "$(field known)" "$done_before" "files known after INT"
same "$(($(field built) + $(field known)))" 6000 "files after INT"

# Two processes build the index at once, while a third loads.
rm "$store"
"$TENCH" index "$data" --quiet >"$work/first" 2>&1 &
first=$!
"$TENCH" index "$data" --quiet >"$work/second" 2>&1 &
second=$!
expect 0 "$TENCH" run "$recipe" "$data" --json --hash index=auto
together=$(field hash)
wait $first || fail "the first of two at once: $(cat "$work/first")"
wait $second || fail "the second of two at once: $(cat "$work/second")"
same "$(find "$data" -name '.tench*')" "$store" "files beside the data after two at once"
expect 0 "$TENCH" run "$recipe" "$data" --json --hash
same "$(field hash)" "$together" "hash after two at once"
same "$(counts)" "600 0 0 " "counts after two at once"

# A full disk is an error of tench index and a warning of index=auto. The old index stays.
rm "$store"
for limit in 1 20; do # the most KiB that a file may have
    expect 4 bash -c "ulimit -f $limit; exec \"\$0\" index \"\$1\"" "$TENCH" "$data"
    says "File too large"
    expect 0 bash -c "ulimit -f $limit; exec \"\$0\" run \"\$1\" \"\$2\" index=auto --json --hash" \
        "$TENCH" "$recipe" "$data"
    same "$(field hash)" "$together" "hash on a full disk"
    says "File too large"
done
expect 0 "$TENCH" index "$data" --json
cp "$store" "$work/good"
expect 4 bash -c 'ulimit -f 1; exec "$0" index "$1" --force' "$TENCH" "$data"
cmp -s "$work/good" "$store" || fail "a full disk changed the index that was there"
rm -f "$data"/.tench-index-*

# The folder cannot be written: the index goes to the cache. Root can write anywhere, so skip that.
user=()
[ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
rm "$store"
mkdir "$XDG_CACHE_HOME"
chmod a+rx "$work" && chmod a+rwx "$XDG_CACHE_HOME" && chmod a-w "$data"
if "${user[@]}" test -x "$TENCH"; then
    expect 0 "${user[@]}" "$TENCH" index "$data" --json
    path=$(field path)
    [[ $path == "$XDG_CACHE_HOME/tench/index/"* && -s $path ]] || fail "the index is in $path"
    expect 0 "${user[@]}" "$TENCH" run "$recipe" "$data" --json --hash
    same "$(counts)" "600 0 0 " "counts with an index in the cache"
    same "$(field hash)" "$together" "hash with an index in the cache"
    rm -r "$XDG_CACHE_HOME/tench" && chmod a-w "$XDG_CACHE_HOME"
    expect 0 "${user[@]}" "$TENCH" run "$recipe" "$data" --json --hash index=auto
    same "$(field hash)" "$together" "hash with no place for an index"
    says "no place to keep an index: $data: Permission denied; $XDG_CACHE_HOME/tench"
    grep -q "/tench/index/.*: Permission denied" "$work/err" || fail "why there is no cache: $(cat "$work/err")"
else
    echo "skipped: every user here can write to the folder, so the cache is not tested"
fi
chmod u+w "$data"

# The index of a tar lies in its folder.
tar -cf "$work/photos.tar" -C "$data" .
expect 0 "$TENCH" index "$work/photos.tar"
prints "$work/.tench-index,"

exit $failed
