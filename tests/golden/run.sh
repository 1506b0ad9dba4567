#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Compares dumps of the program with the real Pillow and timm, byte by byte:
# run.sh PYTHON DATASET [key=value…]. The keys go to every `tench run`, for example loader.subset or threads.
# run.sh PYTHON DATASET --matrix [option…] compares every way to make a batch instead: matrix.py.
# run.sh PYTHON DATASET --photographs [option…] compares its photographs in every format: photographs.py.
#
# replay.py repeats training recipes with the numbers of the dump. eval.py compares evaluation recipes with
# timm's own transform and uses none of tench's numbers. finish.py compares the last write to floats with
# timm's PrefetchLoader, which gets the same bytes and draws.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
python=${1:?usage: run.sh PYTHON DATASET} dataset=${2:?usage: run.sh PYTHON DATASET}
if [ "${3:-}" = --matrix ]; then exec "$python" tests/golden/matrix.py "$dataset" "${@:4}"; fi
if [ "${3:-}" = --photographs ]; then exec "$python" tests/golden/photographs.py "$dataset" "${@:4}"; fi
keys=("${@:3}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0

# dump RECIPE [key=value…]
dump() {
    local recipe=$1
    shift
    rm -rf "$work/dump"
    build/release/tench run "$recipe" "$dataset" epochs=1 dtype=u8 --dump "$work/dump" --quiet \
        "$@" "${keys[@]}" >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
}

# verdict NAME COMMAND…
verdict() {
    local name=$1 answer status=ok
    shift
    answer=$("$@" 2>&1) || {
        status=FAILED
        failed=1
    }
    printf '%-6s %-58s %s\n' "$status" "$name" "$(tail -n 1 <<<"$answer")"
    [ $status = ok ] || head -n 5 <<<"$answer"
}

# replayed NAME RECIPE [key=value…]
replayed() {
    local name=$1
    shift
    dump "$@"
    verdict "$name" "$python" tests/golden/replay.py "$dataset" "$work/dump"
}

# recipe OPS: a recipe file with these ops, whose dump has every sample
recipe() {
    printf 'return { ops = %s, loader = { batch_size = 64 } }\n' "$1" >"$work/recipe.lua"
    echo "$work/recipe.lua"
}

# as_timm "CREATE_TRANSFORM'S ARGUMENTS IN LUA" KEY=VALUE…: the same in Python
as_timm() {
    local arguments=$1
    shift
    dump "$(recipe "create_transform{ $arguments }")"
    verdict "eval $*" "$python" tests/golden/eval.py "$dataset" "$work/dump" "$@"
}

train() {
    local filter
    for filter in bilinear bicubic random; do
        replayed "train $filter" recipes/imagenet_train.lua interpolation=$filter loader.drop_last=no
    done
    replayed "train bicubic, erasing" \
        "$(recipe "create_transform{ is_training = true, interpolation = 'bicubic', re_prob = 0.5 }")"
    for filter in nearest box hamming lanczos mks2013 mks2021; do
        replayed "train $filter" recipes/imagenet_train.lua interpolation=$filter loader.drop_last=no
    done
    replayed "cifar" recipes/cifar_train.lua loader.drop_last=no
    replayed "rkrc" "$(recipe "create_transform{ is_training = true, train_crop_mode = 'rkrc' }")"
    replayed "rkrr" "$(recipe "create_transform{ is_training = true, train_crop_mode = 'rkrr' }")"
}

pads() {
    local mode op
    for mode in constant edge reflect symmetric; do
        for op in center_crop_or_pad random_crop_or_pad; do
            replayed "$op $mode" "$(recipe "{ op.resize{ size = 160 },
                op.$op{ size = { 200, 190 }, padding_mode = '$mode', fill = { 9, 99, 199 } } }")"
        done
    done
}

others() {
    local filter
    for filter in nearest box bilinear hamming bicubic lanczos mks2013 mks2021; do
        replayed "resize exact $filter" "$(recipe "{ op.resize{ size = { 97, 301 }, \
            mode = 'exact', interpolation = '$filter' }, op.vflip{} }")"
    done
    replayed "grey" recipes/imagenet_train.lua dataset.input_img_mode=L loader.drop_last=no \
        ops.normalize.mean=0.5 ops.normalize.std=0.5
    replayed "nhwc" recipes/imagenet_train.lua ops.convert.layout=nhwc loader.drop_last=no
    replayed "Pillow 13's MKS after a border" "$(recipe "{ op.trim_border{ border = 9 }, \
        op.crop{ box = { 3, 5, 40, 30 } }, op.resize{ size = 50, interpolation = 'mks2021' }, \
        op.center_crop{ size = 64 } }")"
    replayed "crop after jitter" "$(recipe "{ op.color_jitter{}, op.center_crop{ size = 50 } }")"
}

# The last write of training recipes: timm's own loader makes it from the bytes before it.
finishes() {
    local geometry="op.random_resized_crop{ size = { 61, 67 } }, op.hflip{}" dtype mode layout
    dump "$(recipe "{ $geometry }")" loader.drop_last=no
    mv "$work/dump" "$work/bytes"
    for dtype in f32 f16 bf16; do
        for mode in const rand pixel; do
            layout=$([ $mode = rand ] && echo nhwc || echo nchw)
            dump "$(recipe "{ $geometry, op.normalize{}, op.convert{ compat = 'timm', layout = '$layout' },
                op.random_erasing{ p = 0.7, mode = '$mode', count = { 1, 3 }, num_splits = 2 } }")" \
                loader.drop_last=no dtype=$dtype
            verdict "finish $dtype $layout, erasing $mode" "$python" tests/golden/finish.py \
                "$work/bytes" "$work/dump" re_num_splits=2
        done
    done
}

# The same with mixup: mixed LAYOUT DTYPE ARGUMENT=VALUE…
mixed() {
    local layout=$1 dtype=$2 arguments='' argument
    shift 2
    for argument in "$@"; do
        case ${argument#*=} in
        *,*) arguments+=", ${argument%%=*} = { ${argument#*=} }" ;;
        *) arguments+=", ${argument%%=*} = '${argument#*=}'" ;;
        esac
    done
    dump "$(recipe "{ op.random_resized_crop{ size = { 61, 67 } }, op.hflip{}, op.normalize{},
        op.random_erasing{ p = 0.5, mode = 'pixel' }, op.convert{ compat = 'timm', layout = '$layout' },
        op.mixup{ num_classes = 1000$arguments } }")" loader.drop_last=yes "dtype=$dtype"
    verdict "mixup $dtype $layout $*" "$python" tests/golden/finish.py "$work/bytes" "$work/dump" "$@"
}

mixes() {
    local place mode dtype
    for place in u8 float; do
        for mode in batch elem pair half; do
            [ $place$mode != floathalf ] || continue # timm has no mixup of this kind
            for dtype in f32 f16 bf16; do
                mixed nchw $dtype mixup_alpha=0.8 cutmix_alpha=1 mode=$mode place=$place
            done
            mixed nhwc f32 mixup_alpha=0 cutmix_alpha=0.5 correct_lam=no mode=$mode place=$place
            mixed nhwc bf16 cutmix_minmax=0.2,0.8 label_smoothing=0 mode=$mode place=$place
            mixed nchw f16 mixup_alpha=0.2 mode=$mode place=$place
        done
    done
}

# Every EXIF orientation: applied, and ignored as in timm.
turned() {
    local dataset=$work/turned
    "$python" tests/golden/make_turned.py "$1" "$dataset"
    local keys=() # these samples are other ones
    replayed "turned, ignored" recipes/imagenet_train.lua loader.drop_last=no
    dump recipes/imagenet_train.lua loader.drop_last=no dataset.orient=yes
    verdict "turned, honoured" "$python" tests/golden/replay.py "$dataset" "$work/dump" orient
    dump recipes/imagenet_eval.lua dataset.orient=yes
    verdict "turned, evaluated" "$python" tests/golden/replay.py "$dataset" "$work/dump" orient
}

evaluation() {
    local filter mode
    for filter in bilinear bicubic lanczos; do
        as_timm "interpolation = '$filter'" interpolation=$filter
    done
    for mode in center squash border; do
        as_timm "crop_mode = '$mode', crop_pct = 0.9, interpolation = 'bicubic'" \
            crop_mode=$mode crop_pct=0.9 interpolation=bicubic
    done
    as_timm "input_size = { 3, 299, 299 }, interpolation = 'bicubic'" \
        "input_size=(3,299,299)" interpolation=bicubic
    as_timm "input_size = { 3, 192, 224 }, interpolation = 'lanczos'" \
        "input_size=(3,192,224)" interpolation=lanczos
    as_timm "crop_border_pixels = 4" crop_border_pixels=4
    replayed "inception" recipes/inception_eval.lua
}

train
pads
others
finishes
mixes
turned "$dataset"
evaluation
if [ $failed = 0 ]; then echo "golden: no byte differs"; else echo "golden: FAILED"; fi
exit $failed
