#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The GPU day: day.sh [OUT] [KEY=VALUE…]. It builds, compares every variant of the kernels with the CPU,
# searches for wrong accesses with compute-sanitizer, and times kernels, copies, the whole loader with
# a busy consumer, and timm's PrefetchLoader. It also searches for leaks. OUT (default: build/gpu-day)
# gets day.json and day.md even if a part fails. day.c lists the keys. device=fake runs everything
# without a GPU, with small numbers. TENCH_DAY_BUILD names a folder with a finished build, and
# TENCH_PYTHON a Python with torch and timm.
#
# The whole day takes less than ten minutes: each part has its own limit, and never more than the rest
# of that time. CMake finds nvcc.
#
# Not proven yet: no GPU has run this script. The first one will also be the first to run
# compute-sanitizer, the timing events, the spinning kernel of day_device.c and the CUDA half of
# day_timm.py. How much of each limit they need is unknown.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
out=build/gpu-day
[[ ${1:-KEY=} == *=* ]] || { out=$1 && shift; }
settings=("$@")
build=${TENCH_DAY_BUILD:-} fake=no failed=0
[[ " $* " != *" device=fake "* ]] || fake=yes
mkdir -p "$out" || exit 1
out=$(cd "$out" && pwd)
lines=$out/lines.txt
readonly all_s=590
: >"$lines"

# note NAME STATUS SECONDS WHY
note() {
    local why=${4//\\/ }
    why=${why//$'\n'/ }
    printf '{"what": "part", "part": "%s", "status": "%s", "seconds": %d, "why": "%s"}\n' \
        "$1" "$2" "$3" "${why//\"/\'}" >>"$lines"
    echo "$1: $2, $3 s${4:+: $4}"
}

# part NAME LIMIT COMMAND…: adds its lines of JSON to the report. Exit code 77 means skipped.
part() {
    local name=$1 limit=$2 start=$SECONDS code
    shift 2
    [ "$limit" -le $((all_s - SECONDS)) ] || limit=$((all_s - SECONDS))
    [ "$limit" -gt 0 ] || {
        note "$name" skipped 0 "no time is left"
        failed=1
        return
    }
    timeout -k 5 "$limit" "$@" >"$out/$name.txt" 2>"$out/$name.err"
    code=$?
    grep '^{' "$out/$name.txt" >>"$lines"
    case $code in
    0) note "$name" ok $((SECONDS - start)) "" ;;
    77) note "$name" skipped $((SECONDS - start)) "$(tail -n 1 "$out/$name.err")" ;;
    124 | 137) note "$name" "timed out" $((SECONDS - start)) "after $limit s" && failed=1 ;;
    *) note "$name" failed $((SECONDS - start)) "$(tail -n 1 "$out/$name.err")" && failed=1 ;;
    esac
}

# sanitize TOOL: runs small batches of every variant under a tool of compute-sanitizer.
sanitize() {
    local sanitizer
    sanitizer=$(command -v compute-sanitizer || echo /usr/local/cuda/bin/compute-sanitizer)
    if [ $fake = yes ]; then
        note "$1" skipped 0 "the fake device has no GPU code"
    elif [ ! -x "$sanitizer" ]; then
        note "$1" skipped 0 "compute-sanitizer is not installed"
    else
        part "$1" 40 "$sanitizer" --tool "$1" --error-exitcode 9 "$build/tests/gpu_day" check rounds=1
    fi
}

if [ -z "$build" ]; then
    build=build/release
    part build 240 bash -c 'cmake --preset release && cmake --build build/release --target gpu_day'
else
    note build skipped 0 "TENCH_DAY_BUILD names a finished build"
fi
day=$build/tests/gpu_day
part check 60 "$day" check "${settings[@]}"
part kernels 120 "$day" kernels "${settings[@]}"
part uploads 20 "$day" uploads "${settings[@]}"
part loader 60 "$day" loader "${settings[@]}"
part leak 60 "$day" leak "${settings[@]}"
for tool in memcheck racecheck initcheck synccheck; do
    sanitize $tool
done
part timm 90 "${TENCH_PYTHON:-python3}" tests/gpu/day_timm.py "${settings[@]}"
note all "$([ $failed = 0 ] && echo ok || echo failed)" $SECONDS "tests/gpu/day.sh ${settings[*]}"
python3 tests/gpu/table.py "$lines" "$out/day.json" >"$out/day.md" || failed=1
cat "$out/day.md"
exit $failed
