#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Splits: verbs act on every split, a split that is named must be there, and the program says what it
# leaves out.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 2 # 3 classes
mkdir "$work/splits" "$work/pets"
for split in train val; do
    cp -r "$data" "$work/splits/$split"
    cp -r "$data" "$work/pets/$split" # three classes, with others beside them
done
rm -r "$work/splits/val/n03"
echo "what this is" >"$work/splits/val/n01 two words/notes.txt"
cp -r "$data" "$work/pets/bus"
printf '%s\n' "n01 two words" >"$work/map.txt"
printf 'return {\n dataset = { split = "train" },\n ops = { op.random_resized_crop{ size = 64 } },\n loader = { batch_size = 4, drop_last = true } }\n' \
    >"$work/trains.lua"
whole="$work/splits: "

# Verbs that look at the data take all splits in turn.
expect 0 "$TENCH" info "$work/splits"
prints "data set     $work/splits/train (split train): 6 images in 3 classes"
prints "data set     $work/splits/val (split val): 4 images in 2 classes; left out: 1 file with another extension"
silent err
expect 0 "$TENCH" info "$work/splits" --json
same "$(field root images splits.# splits.1.split splits.2.split splits.2.images splits.2.left_out.other_files)" \
    "$work/splits"$'\n10\n2\ntrain\nval\n4\n1' "info --json of splits"
expect 0 "$TENCH" info "$work/splits" split=validation --json
same "$(field root split images splits)" "$work/splits/val"$'\nval\n4\nnil' "info --json of a split"
expect 0 "$TENCH" info "$work/splits" search_split=no --json
same "$(field root split images splits)" "$work/splits"$'\nnull\n10\nnil' "info --json without a search"
expect 0 "$TENCH" info "$work/splits" search_split=yes --json
same "$(field images splits.#)" $'10\n2' "info --json with a search"
expect 2 "$TENCH" info "$work/splits" search_split=maybe
says "must be yes or no"
expect 0 "$TENCH" info "$work/pets"
prints "data set     $work/pets: 18 images in 3 classes"
expect 2 "$TENCH" info "$work/splits" split=vla
says 'has no split "vla"; its splits are train, val'

expect 0 "$TENCH" verify "$work/splits"
prints "(split train): 6 images"
prints "(split val): 4 images"
same "$(grep -c '^checked' "$work/out")" 2 "reports of splits"
echo "no image" >"$work/splits/train/n03/image 1.jpg"
expect 3 "$TENCH" verify "$work/splits" --json
same "$(field samples damaged findings splits.1.damaged splits.1.findings.1.name splits.2.damaged)" \
    $'10\n1\nnil\n1\nn03/image 1.jpg\n0' "verify --json of splits"
expect 0 "$TENCH" verify "$work/splits" split=val --json
same "$(field samples damaged split findings.#)" $'4\n0\nval\n0' "verify --json of a split"
cp "$data/n03/image 1.jpg" "$work/splits/train/n03/image 1.jpg"

# Each split has an index in its folder, and the root as a whole has its own.
expect 0 "$TENCH" index "$work/splits"
prints "data set     $work/splits/train (split train): 6 images in 3 classes"
prints "index        $work/splits/val/.tench-index"
same "$(find "$work/splits" -name '.tench*' | LC_ALL=C sort)" "$work/splits/train/.tench-index
$work/splits/val/.tench-index" "indexes of splits"
silent err
expect 0 "$TENCH" index "$work/splits" --json
same "$(field root samples built known splits.# splits.1.split splits.1.known splits.2.known splits.2.path)" \
    "$work/splits"$'\n10\n0\n10\n2\ntrain\n6\n4\n'"$work/splits/val/.tench-index" "index --json of splits"
expect 0 "$TENCH" run "$work/trains.lua" "$work/splits" split=val --json
same "$(field index_used)" 4 "images by the index of a split"
expect 0 "$TENCH" index "$work/splits" split=train --force --json
same "$(field split built known splits)" $'train\n6\n0\nnil' "index --json of a split"
expect 0 "$TENCH" index "$work/splits" search_split=no --json
same "$(field root split built known path)" "$work/splits"$'\nnull\n10\n0\n'"$work/splits/.tench-index" \
    "index --json of the whole"
cp -r "$work/splits" "$work/mixed"
rm -r "$work/mixed/train"
expect 0 "$TENCH" pack "$work/splits" "$work/mixed/train" split=train
expect 0 "$TENCH" index "$work/mixed"
says "$work/mixed/train is a pack, which needs no index"
prints "data set     $work/mixed/val (split val): 4 images"
expect 2 "$TENCH" pack "$work/mixed" "$work/half"
says "$work/mixed/train is already a pack; name another split, for example split=val"
[ ! -e "$work/half" ] || fail "a pack that lacks a split"
expect 0 "$TENCH" pack "$work/mixed" "$work/half" split=val
rm -r "$work/mixed/val"
expect 2 "$TENCH" pack "$work/mixed" "$work/none"
says "$work/mixed/train is already a pack"
expect 2 "$TENCH" index "$work/splits" split=vla
says 'has no split "vla"'
rm -rf "$work/splits"/.tench* "$work/splits"/*/.tench*

# The split in a recipe is a default.
expect 0 "$TENCH" run "$work/trains.lua" "$work/splits"
says "data set $work/splits/train (split train): 6 images in 3 classes"
expect 0 "$TENCH" run "$work/trains.lua" "$work/splits" split=val --json
same "$(field images dataset.root dataset.split dataset.images dataset.left_out.other_files)" \
    "4"$'\n'"$work/splits/val"$'\nval\n4\n1' "run --json of a split"
silent err
expect 2 "$TENCH" run "$work/trains.lua" "$work/pets"
says 'has the folders train, val, but "bus" lies beside them'
says "say split=train to open one of them, or search_split=no to open all"
expect 0 "$TENCH" run "$work/trains.lua" "$work/pets" search_split=no
says "data set $work/pets: 18 images in 3 classes"
expect 0 "$TENCH" run "$work/trains.lua" "$work/pets" split=bus
says "data set $work/pets/bus (split bus): 6 images"
expect 2 "$TENCH" run "$work/trains.lua" "$work/pets" split=test
says 'has no split "test": it has no splits'
expect 2 "$TENCH" run "$work/trains.lua" "$work/splits" split=test
says "its splits are train, val"
cp -r "$work/splits" "$work/trained"
rm -r "$work/trained/val"
expect 2 "$TENCH" run imagenet_eval "$work/trained"
says 'has no split "validation", which the recipe asks for; its splits are train: say split=train'
expect 2 "$TENCH" run "$recipe" "$work/splits"
says "has the splits train, val; name one of them, for example split=train"
expect 2 "$TENCH" show "$recipe" "$work/splits" -o "$work/sheet.png"
says "has the splits train, val"
expect 0 "$TENCH" run "$recipe" "$work/splits" search_split=no
says "data set ${whole}10 images in 3 classes"
expect 0 "$TENCH" show "$recipe" "$work/splits" split=val -o "$work/sheet.png"
says "data set $work/splits/val (split val): 4 images"
same "$(cat "$work/out")" "$work/sheet.png" "what show prints"

# The program says what a class map leaves out.
expect 0 "$TENCH" run "$work/trains.lua" "$work/splits" "class_map=$work/map.txt" drop_last=no size=32
says "2 images in 1 class; left out: 2 classes that the class map lacks (4 images)"
expect 0 "$TENCH" verify "$work/splits" split=train "class_map=$work/map.txt"
prints "left out: 2 classes that the class map lacks (4 images)"

# Settings by their name alone.
expect 0 "$TENCH" run "$recipe" "$data" p=1 --json
expect 2 "$TENCH" run imagenet_eval "$data" size=32
says "ops.resize.size, ops.center_crop.size"

exit $failed
