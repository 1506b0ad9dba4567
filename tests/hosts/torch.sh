#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# PyTorch takes batches: torch.sh CHECKOUT LIBRARY DATASET. TENCH_PYTHON names a Python with PyTorch; by
# default that of ./dev bench, if it is there. Skips (77) without.
set -eu
python=${TENCH_PYTHON:-${XDG_CACHE_HOME:-$HOME/.cache}/tench/venv/bin/python}
[ -x "$python" ] || python=$(command -v python3) || {
    echo "skipped: no Python here"
    exit 77
}
exec "$python" "$1/tests/hosts/torch_batches.py" "$2" "$3"
