#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# Names are data: no name of a file, a class, a recipe or an argument controls the terminal, and JSON
# has every byte of it.
# shellcheck source-path=SCRIPTDIR disable=SC1003
source "$(dirname "${BASH_SOURCE[0]}")/lib.sh"
images 1

# A name with bytes that a terminal obeys or hides, and its shown form.
evil=$'a\e[2J\n\r\b\x7f\xc2\x9b2J\xe2\x80\xaeb\xff\\'
shown='a\x1B[2J\n\r\x08\x7F\u009B2J\u202Eb\xFF\\'
json='a\u001b[2J\u000a\u000d\u0008\u007f\u009b2J\u202eb\udcff\\'
mv "$data/n02 été" "$data/$evil"
cp "$data/n03/image 0.jpg" "$data/n03/$evil.jpg"
mv "$data" "$work/$evil"
data="$work/$evil"

# clean: the last command wrote only visible text
clean() {
    local stream
    for stream in out err; do
        iconv -f utf-8 -t utf-8 <"$work/$stream" >"$work/text" 2>&1 || fail "'$last': $stream is not UTF-8"
        ! LC_ALL=C grep -qP '[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]|\xe2\x80[\x8b-\x8f\xa8-\xae]' \
            "$work/$stream" || fail "'$last': $stream has control characters: $(cat -v "$work/$stream")"
    done
}

# told CODE STREAM COMMAND…: the command shows the name on that stream, in its shown form
told() {
    local code=$1 stream=$2
    shift 2
    expect "$code" "$@"
    clean
    grep -qF -- "$shown" "$work/$stream" || fail "'$last' does not show the name: $(cat "$work/$stream")"
}

told 0 out "$TENCH" info "$data"
expect 0 "$TENCH" verify "$data"
clean
told 0 out "$TENCH" index "$data"
told 0 out "$TENCH" pack "$data" "$work/pack $evil"
told 0 out "$TENCH" unpack "$work/pack $evil" "$work/unpacked $evil"
told 0 out "$TENCH" show "$recipe" "$data" -o "$work/$evil.png" batch_size=1
told 0 out "$TENCH" run "$recipe" "$data" --quiet --sheet "$work/$evil.png" --trace "$work/$evil.trace"
told 4 err "$TENCH" run "$recipe" "$data" --quiet --dump "$data"
told 4 err "$TENCH" run "$recipe" "$data" --quiet --sheet "$work/absent $evil/sheet.png"
told 2 err "$TENCH" run "$recipe" "$data" --quiet --resume "$work/absent $evil"
told 1 err "$TENCH" run "$recipe" "$data" --state "$work/$evil" --trace "$work/$evil"
told 1 err "$TENCH" "run$evil"
told 1 err "$TENCH" run "--$evil"
told 1 err "$TENCH" help "$evil"
told 2 err "$TENCH" run "$work/$evil.lua" "$data"
told 2 err "$TENCH" run "$recipe" "$work/absent $evil"
told 2 err "$TENCH" info "$work/absent $evil"
told 2 err "$TENCH" verify "$data" "class_map=$evil"
for key in evil ops.evil.p ops.hflip.p on_fault loader.subset; do
    expect 2 "$TENCH" run "$recipe" "$data" "$key=$evil"
    clean
done

# Errors of recipes, and the names of their files.
script="$work/$evil.lua"
printf 'error("\\27[2J\\n\\226\\128\\174\\255")' >"$script"
expect 2 "$TENCH" run "$script" "$data"
says '\x1B[2J\n\u202E\xFF'
clean
printf 'return { [\n' >"$script"
told 2 err "$TENCH" run "$script" "$data"
printf 'return { ops = {}, epochs = "x" }\n' >"$script"
told 2 err "$TENCH" run "$script" "$data"
printf 'return { ops = { op.resize{ "\\27[2J\\255" } } }' >"$script"
expect 2 "$TENCH" run "$script" "$data"
clean
# Each verb names the files that fail. In JSON each file has one name, and its index.
echo "no image" >"$data/n03/$evil.jpg"
told 3 err "$TENCH" run "$recipe" "$data" --quiet
told 0 out "$TENCH" info "$data"
told 3 out "$TENCH" verify "$data"
told 0 out "$TENCH" index "$data" --force
told 0 out "$TENCH" run "$recipe" "$data" --quiet on_fault=skip
expect 0 "$TENCH" show "$recipe" "$data" -o "$work/sheet.png"
expect 0 "$TENCH" run "$recipe" "$data" on_fault=skip --json
clean
same "$(field fault_list.1.name fault_list.1.index)" "n03/$json.jpg"$'\n2' "run --json"
expect 0 "$TENCH" info "$data" --json
clean
same "$(field root unreadable.1.name unreadable.1.index)" "$work/$json"$'\n'"n03/$json.jpg"$'\n2' "info --json"
expect 3 "$TENCH" verify "$data" --json
clean
same "$(field findings.1.name findings.1.index)" "n03/$json.jpg"$'\n2' "verify --json"
expect 0 "$TENCH" index "$data" --force --json
clean
same "$(field unreadable.1.name unreadable.1.index)" "n03/$json.jpg"$'\n2' "index --json"
rm "$data/n03/$evil.jpg"
expect 0 "$TENCH" run "$recipe" "$data" dtype=u8 --quiet --dump "$work/dump" --trace "$work/trace"
grep -qF "\"name\":\"$json/image 0.jpg\"" "$work/dump/samples.jsonl" || fail "samples.jsonl"
grep -qF "\"name\":\"$json/image 0.jpg\"" "$work/trace" || fail "the trace"

# Python reads the names in the form that its file functions take.
if command -v python3 >/dev/null; then
    python3 - "$work/dump/samples.jsonl" "$data" <<'PYTHON' || fail "Python cannot open a file by its name"
import json, os, sys
for line in open(sys.argv[1], encoding="utf-8"):
    os.stat(os.path.join(sys.argv[2], json.loads(line)["name"]))
PYTHON
fi

exit "$failed"
