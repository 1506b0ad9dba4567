#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The library exports exactly what the header declares: symbols.sh LIBRARY HEADER.
set -eu
library=$1 header=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
# In the preprocessed header, a name followed by a parenthesis is a function.
cc -E -P "$header" | grep -o '\btn_[a-z0-9_]*(' | tr -d '(' | sort -u >"$work/declared"
nm --dynamic --defined-only "$library" | awk '{ print $3 }' | sort -u >"$work/exported"
[ -s "$work/declared" ]
if ! diff -U 0 "$work/declared" "$work/exported" | grep '^[-+][^-+]' >"$work/differences"; then
    echo "$(wc -l <"$work/exported") symbols, all declared"
    exit 0
fi
echo "declared but not exported (-), exported but not declared (+):"
cat "$work/differences"
exit 1
