#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The public header compiles alone: header.sh FOLDER COMPILER LANGUAGE STANDARD. Skips (77) without the
# compiler.
set -eu
folder=$1 compiler=$2 language=$3 standard=$4
command -v "$compiler" >/dev/null || {
    echo "skipped: no $compiler here"
    exit 77
}
printf '#include "tench.h"\n#include "tench.h"\n' |
    "$compiler" -x "$language" -std="$standard" -pedantic -Wall -Wextra -Wconversion -Werror \
        -fsyntax-only -I "$folder" -
