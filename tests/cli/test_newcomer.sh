#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# A newcomer's stumbles: the program helps with a command line that is nearly right, and its answers
# fit the terminal.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 2
cd "$work" || exit 1

# Operands are missing, too many, or swapped. The message has the command to type.
expect 1 "$TENCH" run
says "RECIPE is missing"
says "usage: tench run RECIPE [DATASET]"
expect 1 "$TENCH" info
says "DATASET is missing"
expect 1 "$TENCH" pack "$data"
says "OUT is missing"
expect 1 "$TENCH" unpack
says "PACK and OUT are missing"
expect 1 "$TENCH" info "$data" more
says "there is one word too many: more; DATASET is given already"
expect 1 "$TENCH" run "$recipe" "$data" epochs =3
says "a setting is key=value, without spaces"
expect 1 "$TENCH" run "$recipe" "$data" --epochs 3
says "unknown option --epochs; a setting is key=value, without dashes"
expect 0 "$TENCH" help epochs
prints "a setting"
expect 2 "$TENCH" pack absent "$data"
says "$data is a folder, and absent does not exist: DATASET comes first:"
says "  tench pack '$data' absent"
expect 2 "$TENCH" unpack absent "$data"
says "PACK comes first"
expect 0 "$TENCH" pack "$data" pack
expect 2 "$TENCH" unpack "$data" pack
same "$(tail -n 2 "$work/err")" "pack is a pack: PACK comes first:"$'\n'"  tench unpack pack '$data'" "swapped"
rm -r pack
expect 4 "$TENCH" run "$recipe" "$data" --state absent/state
says "there is no folder absent"
same "$(wc -l <"$work/err")" 1 "lines of the error"
expect 1 "$TENCH" doctor more
says "there is one word too many: more"
for verb in run show; do
    expect 1 "$TENCH" $verb "$data" cifar_train
    says "$data is a folder; the recipe comes first:"
    says "  tench $verb cifar_train '$data'"
    expect 1 "$TENCH" $verb "$data" "$recipe"
    says "  tench $verb $recipe '$data'"
    expect 1 "$TENCH" $verb "$data"
    says "  tench $verb RECIPE '$data'"
    says "recipes that come with tench: cifar_train"
done
silent out

# A folder whose name looks like a setting.
cp -r "$data" "$work/split=train it's"
expect 1 "$TENCH" info "split=train it's"
says "DATASET is missing"
says "split=train it's was taken for a setting; type './split=train it'\\''s' for the file or folder"
expect 0 bash -c '"$0" info '"'./split=train it'\\''s'" "$TENCH"
prints "6 images in 3 classes"
mv "split=train it's" "size=224"
expect 1 "$TENCH" run "$recipe" size=224
says "size=224 was taken for a setting; type ./size=224 for the file or folder"
expect 0 "$TENCH" info -- size=224
rm -r size=224

# A sheet is a PNG, and no file with another extension is written.
for path in x.jpg "$work/x.JPEG" x.tar.gz; do
    expect 1 "$TENCH" show "$recipe" "$data" -o "$path"
    says "a contact sheet is a PNG; name it ${path%.*}.png"
    expect 1 "$TENCH" run "$recipe" "$data" --sheet "$path"
    says "a contact sheet is a PNG"
    [ ! -e "$path" ] || fail "$path was written"
done
expect 4 "$TENCH" show "$recipe" "$data" -o absent/x.png
says "there is no folder absent"
for path in x.png x.PNG ./no.dots/x .x; do
    mkdir -p no.dots
    expect 0 "$TENCH" show "$recipe" "$data" -o "$path"
    [ -s "$path" ] || fail "$path was not written"
done

# Without epochs, the program checks everything, and loads and removes nothing.
expect 0 "$TENCH" run "$recipe" "$data" epochs=0 --quiet
same "$(cat "$work/out")" "epochs       0 epochs: everything can be opened; no image was loaded" "no epochs"
expect 2 "$TENCH" run "$recipe" "$data" epochs=0 sede=1
expect 2 "$TENCH" run "$recipe" absent epochs=0
expect 2 "$TENCH" run "$recipe" "$data" epochs=0 --resume absent
echo '{' >state
expect 2 "$TENCH" run "$recipe" "$data" epochs=0 --resume state
expect 4 "$TENCH" run "$recipe" "$data" epochs=0 --dump no.dots
mkdir dump
touch dump/batch_00000.npy
expect 0 "$TENCH" run "$recipe" "$data" epochs=0 --dump dump --force
[ -e dump/batch_00000.npy ] || fail "a run without epochs removed a file"

# The program finds output that it cannot write before it prints anything, also without epochs.
cannot_write() {
    expect 4 "$@"
    says ": cannot write: "
    same "$(wc -l <"$work/err")" 1 "lines of the error"
    silent out
}
mkdir folder shut
chmod 555 shut
user=()
[ "$(id -u)" -ne 0 ] || user=(setpriv --reuid=65534 --regid=65534 --clear-groups)
chmod 755 "$work"
for epochs in 0 1; do
    cannot_write "$TENCH" run "$recipe" "$data" epochs=$epochs --state folder
    cannot_write "$TENCH" run "$recipe" "$data" epochs=$epochs --sheet folder
    if ! "${user[@]}" "$TENCH" --version >/dev/null 2>&1; then
        echo "skipped: without a second user every folder is writable"
        continue
    fi
    for path in shut shut/deep/er; do
        cannot_write "${user[@]}" "$TENCH" run "$recipe" "$data" epochs=$epochs --dump $path
    done
    cannot_write "${user[@]}" "$TENCH" run "$recipe" "$data" epochs=$epochs --state shut/state
    cannot_write "${user[@]}" "$TENCH" run "$recipe" "$data" epochs=$epochs --sheet shut/x.png
done
expect 0 "$TENCH" run "$recipe" "$data" epochs=0 --quiet --state state.json --sheet /dev/null
[ ! -e shut/deep ] || fail "a check made a folder"

# The recipes that come with tench have their help, and a wrong name lists them.
expect 0 "$TENCH" help
prints "recipes         cifar_train imagenet_eval imagenet_train"
expect 0 "$TENCH" help imagenet_eval
prints "imagenet_eval, a recipe: Evaluation for most of timm's models"
prints "tench run imagenet_eval DATASET"
expect 1 "$TENCH" help imagenet_evil
says "the nearest known is imagenet_eval"
expect 0 "$TENCH" help recipes
prints "inception_eval  Evaluation for timm's Inception models"
expect 0 "$TENCH" version
prints "tench 0."
expect 2 "$TENCH" run imagenet_eval "$data" resize.size=32
says "setting resize.size: the path of an op's parameter begins with ops: ops.resize.size"
echo 'return { op.resize{ 64 } }' >list.lua
expect 2 "$TENCH" run list.lua "$data"
says "put the ops into ops = { … }"
ln -s nowhere broken
expect 2 "$TENCH" info broken
says 'data set "broken", a link to "nowhere": No such file'
expect 2 "$TENCH" show rrc "$data" -o sheet.png
says "recipes that come with tench: cifar_train imagenet_eval"

# A parameter of a source is not a setting.
expect 2 "$TENCH" info "$data" label=kind
says 'label is a parameter of the sources wds, parquet'
says 'say source="KIND label=…"'
expect 2 "$TENCH" run imagenet_eval "$data" source=list weight=2
says 'weight is a parameter of the source list: say source="list weight=…"'

# A missing part of a numbered set is named, and the others open.
golden=$here/../golden/parquet/stored.parquet
mkdir parts && cp "$golden" parts/train-00001-of-00002.parquet
expect 0 "$TENCH" info parts split=train
says "parts: train-00000-of-00002.parquet is missing"
cp "$golden" parts/train-00000-of-00002.parquet
expect 0 "$TENCH" info parts split=train
silent err

# A copy of the program does not find the recipes that come with tench.
cp "$TENCH" copy
expect 2 ./copy run imagenet_eval "$data"
says "imagenet_eval comes with tench, but its recipes are not beside this program"
rm copy

# A run without any batch is an error, but not if other ranks have all of them.
expect 2 "$TENCH" run "$recipe" "$data" batch_size=7 loader.drop_last=yes --json
says "no batch: 6 images with batch_size = 7 and drop_last (loader.drop_last=no keeps a smaller batch)"
silent out
expect 2 "$TENCH" run "$recipe" "$data" batch_size=7 loader.drop_last=yes epochs=0
says "no batch"
expect 2 "$TENCH" run "$recipe" "$data" rank=0 world_size=3 loader.even_ranks=yes
says "no batch: with even_ranks 3 ranks need 3 batches, and 6 images with batch_size = 4 make 2"
expect 0 "$TENCH" run "$recipe" "$data" rank=2 world_size=3 --quiet
says "no batch for rank 2 of 3: 6 images with batch_size = 4 make 2"

expect 2 "$TENCH" run "$recipe" "$data" batch_size=2 drop_last=yes loader.subset=5
says "no batch: 1 images with batch_size = 2"
sed 's/batch_size = 4/batch_size = 2, drop_last = true, subset = 3/' "$recipe" >one.lua
expect 2 "$TENCH" run one.lua "$data"
says "no batch: 1 images with batch_size = 2"

# The program finds that a state is missing before it prints or makes anything.
expect 2 "$TENCH" run "$recipe" "$data" --resume absent --dump made --trace made.json
says "absent: cannot read: No such file"
same "$(wc -l <"$work/err")" 1 "lines of the error"
silent out
[ ! -e made ] || fail "a folder was made"

# An interrupted run writes its sheet, or says why it does not.
images 40
interrupts tench/1 "$TENCH" run "$recipe" "$data" epochs=1000000 --json --sheet sheet.png
[ -s sheet.png ] || fail "no sheet after INT"
ln -s /dev/full full.png
interrupts tench/1 "$TENCH" run "$recipe" "$data" epochs=1000000 --json --sheet full.png
says "full.png: cannot write"

# Files that it cannot decode: the program says once a run how many there are, and how to leave them out.
for name in a.pdf b.PDF c.psd; do
    printf '%%PDF-1.4' >"$data/n03/$name"
done
list=dataset.extensions=.jpg,.pdf,.psd
remedy="3 of 123 files are of types that this version does not decode (.pdf, .psd): extensions=.jpg,.jpeg,.png leaves them out"
for line in "0 run $recipe" "0 show $recipe" "0 info" "3 verify" "0 index"; do
    read -r code verb script <<<"$line"
    case $verb in
    run) set -- on_fault=skip epochs=2 --quiet ;;
    show) set -- batch_size=123 ;;
    *) set -- ;;
    esac
    expect "$code" "$TENCH" "$verb" ${script:+"$script"} "$data" "$list" "$@"
    same "$(grep -cF "$remedy" "$work/err")" 1 "how often the remedy is told by $verb"
done
expect 3 "$TENCH" run "$recipe" "$data" "$list" --quiet
says "$remedy"
expect 0 "$TENCH" run "$recipe" "$data" extensions=.jpg,.jpeg --quiet
silent err
rm "$data/n03/b.PDF" "$data/n03/c.psd"
mv "$data/n03/a.pdf" "$data/n03/a.heic" # of a type that tench decodes, by its name
expect 0 "$TENCH" run "$recipe" "$data" extensions=.jpg,.heic on_fault=skip --quiet
silent err
mv "$data/n03/a.heic" "$data/n03/a.jpg" # its name does not tell it apart any more
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip --quiet
silent err
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip epochs=3 --quiet
prints "faults       3 in 1 file"
prints ": decode: not an image that this build can read: a PDF file (3 times)"
expect 3 "$TENCH" run "$recipe" "$data" --quiet
prints "faults       1 in 1 file"
[ "$(cat "$work/out" "$work/err" | grep -c "a PDF file")" = 1 ] || fail "how often a fault is told"

# fits COMMAND…: on a terminal of 80 columns the command writes no longer line
fits() {
    on_terminal 80 "$@"
    sed -e '1d;$d' -e 's/\r$//; s/.*\r//; s/\x1b\[K//g' "$work/typescript" >"$work/lines"
    [ -s "$work/lines" ] || fail "'$last' wrote nothing"
    [ "$(LC_ALL=C.UTF-8 wc -L <"$work/lines")" -le 80 ] || fail "'$last' writes lines of more than 80 columns"
}
if has_terminal; then
    mv "$data" d
    fits "$TENCH"
    for name in run index pack random_resized_crop random_erasing center_crop_or_pad mixup; do
        fits "$TENCH" help $name
    done
    fits "$TENCH" doctor
    fits "$TENCH" run cifar_train d device=fake index=auto on_fault=skip --hash --trace t --sheet s.png
    fits "$TENCH" run cifar_train d
    fits "$TENCH" info d
    fits "$TENCH" verify d
    fits "$TENCH" index d --force
    fits "$TENCH" pack d p
    fits "$TENCH" unpack p u
    fits "$TENCH" show cifar_train d
    fits "$TENCH" run cifar_train d sede=1
    fits "$TENCH" run d
    fits "$TENCH" pack d
fi

exit "$failed"
