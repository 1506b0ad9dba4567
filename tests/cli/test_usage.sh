#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Messages of the program, and the exit codes that its help lists, without loading anything.
# shellcheck source-path=SCRIPTDIR disable=SC2016
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 2

expect 0 "$TENCH" --version
prints "tench "
expect 1 "$TENCH"
says "tench run RECIPE"
silent out
expect 1 "$TENCH" rnu
says "the nearest known is run"
expect 1 "$TENCH" run
says "RECIPE is missing"
expect 1 "$TENCH" run "$recipe" "$data" too-many
says "there is one word too many: too-many; RECIPE and DATASET are given already"
expect 1 "$TENCH" run "$recipe" "$data" --jsn
says "the nearest known is --json"
expect 1 "$TENCH" run "$recipe" "$data" --dump
says "--dump needs a DIR"
expect 1 "$TENCH" run "$recipe" "$data" --trace=
says "--trace needs a FILE"
expect 1 "$TENCH" run "$recipe" "$data" --trace ""
says "--trace needs a FILE"
expect 1 "$TENCH" run "$recipe" "$data" --json=yes
says "takes no value"
expect 1 "$TENCH" run "$recipe"
says "names no data set"
expect 1 "$TENCH" run "$recipe" "$data" --state a --resume b
says "--state"
expect 1 "$TENCH" run "$recipe" "$data" --state "$work/a" --trace "$work/a"
says "--state and --trace would write the same file $work/a"
expect 1 "$TENCH" run "$recipe" "$data" --sheet "$work/a" --trace "$work/a"
says "--trace and --sheet would write the same file"

expect 2 "$TENCH" run "$work/absent.lua" "$data"
says "absent.lua"
expect 2 "$TENCH" run imagenet_trian "$data"
says "the nearest known is imagenet_train"
expect 2 "$TENCH" run "$recipe" "$work/absent"
says "$work/absent"
expect 2 "$TENCH" run "$recipe" "$data" sede=1
says "seed"
expect 2 "$TENCH" run "$recipe" "$data" loader=1
says "set one of its fields, for example loader.drop_last=no"
expect 2 "$TENCH" run "$recipe" "$data" batch_size=1e9
says "range 1 to 1048576"
expect 4 "$TENCH" run "$recipe" "$data" --sheet "$work/absent/sheet.png"
says "there is no folder $work/absent"
expect 2 "$TENCH" run "$recipe" "$data" batch_size=7 loader.drop_last=yes
says "no batch: 6 images with batch_size = 7 and drop_last"
expect 0 "$TENCH" run "$recipe" "$data" epochs=0 threads=3 --json
same "$(field images threads)" $'0\n3' "a run without epochs"
expect 2 "$TENCH" run "$recipe" "$data" ops.hflip.p=2
says "hflip"
expect 2 "$TENCH" run "$recipe" "$data" threads=many
says 'threads = "many": must be an integer from 0 to 1024'
expect 2 "$TENCH" run "$recipe" -- "$data=1" # after "--" it is not a setting
says "$data=1"
mkdir "$work/empty"
expect 2 "$TENCH" run "$recipe" "$work/empty"
says "$work/empty"

expect 0 "$TENCH" help
for word in run show info doctor help epochs world_size random_resized_crop 130; do
    prints "$word"
done
# Everything that has a name answers.
while read -r name word; do
    expect 0 "$TENCH" help "$name"
    prints "$word"
done <<'END'
loader max_outputs
batch_size an option of loader
create_loader img_dtype
create_dataset input_img_mode
feistel-1 permutation
weighted-1 weight
cuda cuda:1
random_horizontal_flip Mirrors left to right
mixup_alpha a parameter of mixup
num_aug_splits not supported yet
sources WebDataset shards
formats Lossy and lossless WebP
ops Mirrors left to right
separator a parameter of list
prefetch_factor is not an option of create_loader: depth is the number of
transform 0 to 281474976710655;
END
expect 1 "$TENCH" help batch_sise
says 'the name "batch_sise"; the nearest known is batch_size'
for name in orders devices pack; do
    expect 0 "$TENCH" help --markdown "$name"
    prints "| --- |"
done
expect 1 "$TENCH" help --markdown pakc
says "the nearest known is pack"
expect 0 "$TENCH" help --annotations
cmp "$work/out" "$here/../../lua/tench/annotations.lua" || fail "annotations.lua is old: ./dev docs renews it"
expect 0 "$TENCH" help hflip
prints "default 0.5"
expect 0 "$TENCH" run --help
prints "--resume FILE"
for name in hfilp hflp; do
    expect 1 "$TENCH" help "$name"
    says "the nearest known is hflip"
done
expect 0 "$TENCH" help --markdown
same "$("$TENCH" help | sed -n '/^ops by stage/,/^$/p' | grep -c '^  [a-z]')" 4 "stages"
while read -r op; do
    grep -qF "| \`$op\` |" "$work/out" || fail "help --markdown has no row for $op"
done < <("$TENCH" help | sed -n '/^ops by stage/,/^$/p' | sed 1d | tr -s ' ' '\n' | grep _)
expect 0 "$TENCH" doctor
for word in library luajit jpeg cuda nvtx modules; do
    prints "$word"
done

expect 0 env LD_LIBRARY_PATH="$FAKE_LIBCUDA" FAKE_CUDA="init=100" "$TENCH" doctor
prints "the NVIDIA driver is installed, but it finds no GPU"
expect 0 env LD_LIBRARY_PATH="$FAKE_LIBCUDA" "$TENCH" doctor
prints "cuda:1: "
expect 0 env TENCH_CPU=scaler "$TENCH" doctor
prints "TENCH_CPU=scaler is unknown"
expect 0 env TENCH_CPU=scalar "$TENCH" doctor
prints "scalar instructions"

# The list in CMake names every Lua file, except the annotations, which no program reads.
while read -r path; do
    grep -qxF "  $path" "$here/../../src/cli/CMakeLists.txt" || fail "not embedded: $path"
done < <(cd "$here/../../lua" && find . -name '*.lua' ! -name annotations.lua | sed 's|^\./||')

# An error of the output is an error of the program.
expect 4 bash -c '"$TENCH" help >/dev/full'
says "No space left"
expect 4 bash -c '"$TENCH" help >&-'
says "standard output"
expect 0 bash -c '"$TENCH" help | head -n 1' # no message if the reader goes away
silent err

expect 0 "$TENCH" info "$data"
prints "6 images in 3 classes"
prints "n02 été"
prints "unreadable   none"
echo "no image" >"$data/n03/bad.jpg"
expect 0 "$TENCH" info "$data" --json
same "$(field images classes.2.name width.min unreadable.1.name unreadable.2)" \
    $'7\nn02 été\n90\nn03/bad.jpg\nnil' "info --json"
expect 2 "$TENCH" info "$work/absent"

exit $failed
