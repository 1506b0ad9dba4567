#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Checks the rules that a machine can check: lint.sh BUILD (a build folder with
# compile_commands.json). Reads the files that git knows, prints each finding, and fails if there was
# one.
# shellcheck disable=SC2317 # check calls the functions by name
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
build=${1:?usage: lint.sh BUILD}
failed=0

# files PATTERN…: what git tracks, or would track
files() {
    git ls-files --cached --others --exclude-standard -- "$@" | sort -u | while read -r file; do
        if [ -f "$file" ]; then echo "$file"; fi
    done
}

# check NAME COMMAND…
check() {
    local name=$1 start=$SECONDS
    shift
    if "$@"; then
        echo "lint: $name: clean ($((SECONDS - start)) s)"
    else
        echo "lint: $name: FAILED ($((SECONDS - start)) s)"
        failed=1
    fi
}

# Only the versions of Debian 12 count: others lay text out differently and have more checks.
is_debian_12s() {
    [[ $("$1" --version) == *'version 14.'* ]] && return 0
    echo "lint: this is not $1 14: skipped"
    return 1
}

format() {
    is_debian_12s clang-format || return 0
    files '*.c' '*.h' | xargs clang-format --dry-run -Werror
}

# Starts one process for each file. The compiler's count of suppressed warnings is left out. The
# analyzer visits a third of its default number of nodes, which takes less than half of the time.
tidy() {
    local known
    local depth=(--extra-arg=-Xclang --extra-arg=-analyzer-config --extra-arg=-Xclang --extra-arg=max-nodes=75000)
    is_debian_12s clang-tidy || return 0
    known=$(sed -n 's/^ *"file": "\(.*\)",*$/\1/p' "$build/compile_commands.json" | sort -u)
    files 'src/*.c' 'kernels/*.c' 'tests/*.c' | while read -r file; do
        if grep -qxF "$PWD/$file" <<<"$known"; then echo "$file"; fi
    done | xargs -n 1 -P "$(nproc)" clang-tidy -p "$build" --quiet "${depth[@]}" 2> >(grep -v 'warnings generated' >&2)
}

# Lines of pages have at most 120 characters. Tables, code and generated parts may have longer ones.
# shellcheck disable=SC2016 # awk reads the dollars
pages() {
    files '*.md' | LC_ALL=C xargs awk '
        FNR == 1 { code = generated = 0 }
        /^ *```/ { code = !code; next }
        /^<!-- generated/ { generated = 1 }
        /^<!-- end/ { generated = 0 }
        code || generated || /^ *[|]/ { next }
        {
            line = $0
            gsub(/[\200-\277]/, "", line) # later bytes of a character
            if (length(line) > 120) {
                printf "%s:%d: the line has %d characters; fold it after at most 120\n", FILENAME, FNR, length(line)
                bad = 1
            }
        }
        END { exit bad }'
}

lua() {
    local list
    mapfile -t list < <(files '*.lua')
    [ ${#list[@]} -eq 0 ] || luacheck --quiet --no-color "${list[@]}"
}

shell() {
    files dev .ci/run '*.sh' | xargs shellcheck -x
}

python() {
    files '*.py' | xargs pyflakes3
}

# Includes and calls follow the layers of src/ARCHITECTURE.md.
arrows() {
    luajit tests/lint/arrows.lua
}

# Every source file names its licence first.
licences() {
    local bad=0 file
    while read -r file; do
        grep -q 'SPDX-License-Identifier: MIT' <(head -n 3 "$file") || {
            echo "$file: no SPDX line"
            bad=1
        }
    done < <(files '*.c' '*.h' '*.lua' '*.sh' '*.py' dev .ci/run)
    return "$bad"
}

# Words that the glossary of src/ARCHITECTURE.md replaced, and turns of phrase that need a second
# reading.
words() {
    local retired='lade|parcels?|outlets?|adrift|shelf|shelves|laps?'
    local phrases='somebody|whoever|has got to|had again|(can|could|may) be had|(is|are) to be'
    ! files 'src/*' 'kernels/*' 'lua/*' 'recipes/*' 'tests/*' '*.md' dev .ci/run |
        grep -v '^tests/\(golden\|lint\)/' |
        xargs grep -nEiI "(^|[^a-z])($retired|$phrases)([^a-z]|\$)"
}

check "clang-format" format
check "pages" pages
check "words" words
check "licences" licences
check "arrows" arrows
check "shellcheck" shell
check "luacheck" lua
check "pyflakes" python
check "clang-tidy" tidy
exit $failed
