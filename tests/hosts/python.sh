#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Python libraries take batches: python.sh CHECKOUT LIBRARY DATASET SCRIPT [ARGUMENT…] runs a script of
# tests/hosts. TENCH_PYTHON names a Python with the packages that the script needs, by default that of
# ./dev golden if it exists. Skips (77) without them.
set -eu
checkout=$1 script=$4
export TENCH_LIB=$2 PYTHONPATH=$checkout/recipes/examples
python=${TENCH_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/tench/venv/bin/python}
[ -x "$python" ] || python=$(command -v python3) || {
    echo "skipped: no Python here"
    exit 77
}
exec "$python" -B "$checkout/tests/hosts/$script" "$3" "${@:5}"
