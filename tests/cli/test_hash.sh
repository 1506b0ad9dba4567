#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# One hash for every build, instruction set, number of threads and machine. The recipes run over the
# images in tests/data, and their hashes are compared with those in this file. A new hash changes what
# users train on, and needs a reason; tests/golden/run.sh compares the pixels with Pillow's.
# shellcheck source-path=SCRIPTDIR
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
top=$here/../..

# hash_of RECIPE HASH [KEY=VALUE…]
hash_of() {
    local recipe=$1 wanted=$2
    shift 2
    expect 0 "$TENCH" run "$top/recipes/$recipe.lua" "$top/tests/data/shapes" --json --hash \
        batch_size=7 loader.drop_last=no seed=5 "$@"
    same "$(field hash)" "$wanted" "hash of $recipe $*"
}

train=ccf79655a28ccd3d4c74725ab2d33dc2
evaluation=1099bac3a9e874b7227448918fe85116
cifar=e2051eeb691c32c252b7f75256c269e7
mixup=757c7334023ae37c1d0be80e4622a3c1
hash_of imagenet_train $train
hash_of imagenet_train cfcc16a66dfe4b72a4832790ad68cf61 dtype=u8
hash_of imagenet_train 97d4253b5038e9910ff80c431cbbf94d dtype=f16 interpolation=random epochs=2
hash_of imagenet_eval $evaluation dtype=bf16
hash_of inception_eval 4dee0b7038c6ec9ffe4e2e6f017a465a
hash_of cifar_train $cifar epochs=2
hash_of imagenet_train_mixup c8d73e9368164aa7ff92530e978c6ad2 dtype=f16 ops.mixup.mode=half
for threads in 1 2 3 8; do
    hash_of imagenet_train $train threads=$threads
    hash_of imagenet_train_mixup $mixup threads=$threads
done
hash_of imagenet_train $train device=fake
hash_of imagenet_eval $evaluation dtype=bf16 device=fake
hash_of cifar_train $cifar epochs=2 device=fake
hash_of imagenet_train_mixup $mixup device=fake
# The CUDA device on a fake driver, if the build has kernels.
if "$TENCH" doctor | grep -q "kernels for sm_"; then
    LD_LIBRARY_PATH=$FAKE_LIBCUDA:${LD_LIBRARY_PATH:-} hash_of imagenet_train $train device=cuda
    LD_LIBRARY_PATH=$FAKE_LIBCUDA:${LD_LIBRARY_PATH:-} hash_of imagenet_eval $evaluation dtype=bf16 device=cuda:1
fi
export TENCH_CPU
for TENCH_CPU in scalar avx2 avx512; do
    hash_of imagenet_train $train
    hash_of imagenet_eval $evaluation dtype=bf16
    hash_of cifar_train $cifar epochs=2
    hash_of imagenet_train_mixup $mixup
done
exit "$failed"
