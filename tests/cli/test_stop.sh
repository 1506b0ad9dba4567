#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Runs are interrupted, killed and resumed; a terminal shows their progress.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 20 # 15 batches of 4

# Ctrl-C and TERM: the program prints the summary so far, and ends with their exit code.
for signal in INT:130 TERM:143; do
    rm -f "$work/state"
    # Job control is on, because without it the shell lets its jobs ignore SIGINT.
    (
        set -m
        "$TENCH" run "$recipe" "$data" epochs=1000000 --json --state "$work/state" \
            >"$work/out" 2>"$work/err" &
        wait_for test -s "$work/state" || exit 99
        kill -"${signal%:*}" $!
        wait $!
    )
    same $? "${signal#*:}" "exit code after ${signal%:*}"
    same "$(field interrupted)" true "summary after ${signal%:*}"
    silent err
done

# Waiting ends: Ctrl-C stops a scan of links that make 2^24 paths.
tangle="$work/tangle"
mkdir "$tangle"
for level in {0..23}; do
    mkdir "$tangle/$level"
    ln -s ../$((level + 1)) "$tangle/$level/a"
    ln -s ../$((level + 1)) "$tangle/$level/b"
done
cp -r "$data" "$tangle/24"
for verb in info "run $recipe"; do
    got=0
    (
        set -m
        # shellcheck disable=SC2086 # a verb and its recipe
        "$TENCH" $verb "$tangle/0" >"$work/out" 2>"$work/err" &
        wait_for has_threads $! tench/scan || exit 99
        kill -INT $!
        wait $!
    ) || got=$?
    same $got 130 "exit code after INT during the scan of $verb"
    last=$verb
    says "interrupted: stopped while \"$tangle/0\" was scanned: "
    silent out
done

# Ctrl-C stops a survey too; 2^12 paths lead to its images.
got=0
(
    set -m
    "$TENCH" info "$tangle/12" >"$work/out" 2>"$work/err" &
    wait_for has_threads $! tench/survey || exit 99
    kill -INT $!
    wait $!
) || got=$?
same $got 130 "exit code after INT during a survey"
last=info
says "headers were read"
silent out

# Two signals at once count as one: timeout(1) sends them to a process and to its group.
rm -f "$work/state"
(
    set -m
    "$TENCH" run "$recipe" "$data" epochs=1000000 --json --state "$work/state" >"$work/out" &
    wait_for test -s "$work/state" || exit 99
    kill -TERM $! && kill -TERM $!
    wait $!
)
same $? 143 "exit code after TERM twice"
same "$(field interrupted)" true "summary after TERM twice"

# resume STATE EPOCHS FOLDER: dumps the rest of the run
resume() {
    cp "$1" "$work/going-on"
    expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 "epochs=$2" threads=$((RANDOM % 4 + 1)) \
        --dump "$3" --resume "$work/going-on"
}

# all_in PART WHOLE: each batch of the first dump is in the second
all_in() {
    for path in "$1"/*.npy; do
        cmp -s "$path" "$2/${path##*/}" || fail "$path is not the batch in $2"
    done
}

count() {
    find "$1" -name '*.npy' | wc -l
}

# kill -9 anywhere, then resume: the remaining batches equal those of a whole epoch, which a run from
# the epoch's start gives.
for delay in 0 0.03 0.1 0.2; do
    rm -rf "$work/state" "$work/whole" "$work/rest"
    "$TENCH" run "$recipe" "$data" dtype=u8 epochs=1000000 --state "$work/state" >/dev/null 2>&1 &
    wait_for test -s "$work/state" || fail "no state"
    sleep $delay
    kill -9 $! && wait $! 2>/dev/null
    cp "$work/state" "$work/out"
    position=$(field position) epoch=$(field epoch)
    sed 's/"position":[0-9]*/"position":0/' "$work/state" >"$work/start"
    resume "$work/start" $((epoch + 1)) "$work/whole"
    resume "$work/state" $((epoch + 1)) "$work/rest"
    same "$(count "$work/whole")" 30 "files of an epoch"
    same "$(count "$work/rest")" $(((60 - position) / 2)) \
        "files after position $position, two for four images"
    all_in "$work/rest" "$work/whole"
done
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --dump "$work/both" --state "$work/state"
sed 's/"epoch":2,"position":0/"epoch":1,"position":0/' "$work/state" >"$work/start"
resume "$work/start" 2 "$work/second"
same "$(count "$work/both") $(count "$work/second")" "60 30" "files of two epochs, of the second"
all_in "$work/second" "$work/both"
# Resume into the same folder, from the middle of its batches: each line is there exactly once.
sed 's/"epoch":2,"position":0/"epoch":1,"position":20/' "$work/state" >"$work/middle"
cp "$work/both/samples.jsonl" "$work/lines"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --dump "$work/both" --force --resume "$work/middle"
cmp "$work/lines" "$work/both/samples.jsonl" || fail "other lines after resuming into a folder"
cp "$work/state" "$work/end"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --dump "$work/both" --force --resume "$work/end"
cmp "$work/lines" "$work/both/samples.jsonl" || fail "other lines after resuming at the end"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 epochs=2 --resume "$work/state" --json
same "$(field images)" 0 "images after the end"
expect 2 "$TENCH" run "$recipe" "$data" dtype=u8 seed=8 --resume "$work/state"
says "seed"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/absent"
says "absent"
: >"$work/empty"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/empty"
says "$work/empty: state: "
truncate -s 3G "$work/sparse" # the program does not read all of it
for state in "$work/sparse" /dev/zero; do
    expect 2 "$TENCH" run "$recipe" "$data" --resume "$state"
    says "$state: has more than"
done
echo "{" >"$work/state"
expect 2 "$TENCH" run "$recipe" "$data" --resume "$work/state"

# If the reader goes away, the program ends without a message, and does not hang.
expect 0 bash -c 'timeout 60 "$TENCH" run "$0" "$1" --quiet | true' "$recipe" "$data"
silent err

# On a terminal there is a progress line, which is erased at the end.
if has_terminal; then
    on_terminal 100 "$TENCH" run "$recipe" "$data" epochs=40
    grep -q $'\r\\[[=> ]*\\] .*images/s  eta .*waiting .*\033\\[K' "$work/typescript" ||
        fail "no progress line on a terminal"
    on_terminal 100 "$TENCH" run imagenet_train_mixup "$data" epochs=20 batch_size=8 \
        loader.drop_last=no ops.random_resized_crop.size=32 ops.mixup.mode=half # 7 batches of 4 rows and one of 2
    grep -q '% *[0-9]*/600  ' "$work/typescript" || fail "the total of rows with mode=half"
    on_terminal 80 "$TENCH" run "$recipe" "$data" --quiet
    ! grep -q "eta" "$work/typescript" || fail "a progress line in spite of --quiet"
fi

exit $failed
