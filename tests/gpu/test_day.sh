#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The GPU day without a GPU: test_day.sh BUILD. Runs all of day.sh on the fake device with small
# numbers. A second run has a failing part: the report must still be made, and name that part.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
command -v python3 >/dev/null || { echo "no python3: skipped"; exit 77; }
out=$(mktemp -d "${TMPDIR:-/tmp}/tench-day-XXXXXX") || exit 1
trap 'rm -rf "$out"' EXIT
export TENCH_DAY_BUILD=$1

# run CODE KEY=VALUE…
run() {
    local wanted=$1 code
    shift
    tests/gpu/day.sh "$out" device=fake images=4 size=16 rounds=1 repeats=1 batches=6 leak=40 \
        step_ms=2 "$@" >"$out/said" 2>&1
    code=$?
    [ $code -eq "$wanted" ] || { cat "$out/said"; echo "FAILED: exit code $code, not $wanted"; exit 1; }
}

run 0
python3 - "$out" <<'END' || exit 1
import json, sys
day = json.load(open(sys.argv[1] + "/day.json", encoding="utf-8"))
text = open(sys.argv[1] + "/day.md", encoding="utf-8").read()
status = {part["part"]: part["status"] for part in day["parts"]}
assert status == {"build": "skipped", "check": "ok", "kernels": "ok", "uploads": "ok", "loader": "ok",
                  "leak": "ok", "memcheck": "skipped", "racecheck": "skipped",
                  "initcheck": "skipped", "synccheck": "skipped", "timm": "skipped",
                  "all": "ok"}, status
assert all(part["why"] for part in day["parts"] if part["status"] == "skipped")
assert day["device"].startswith("fake device") and day["spoilt_lines"] == 0
assert day["check"][0]["wrong"] == 0 and day["check"][0]["batches"] == 88, day["check"]
assert len(day["kernels"]) == (2 + 3) * 4 + 3 * (3 + 4) * 5, len(day["kernels"])
assert {(k["dtype"], k["layout"]) for k in day["kernels"]} == {
    (d, l) for d in ("u8", "f16", "bf16", "f32") for l in ("nchw", "nhwc")}
assert [l["batches"] >= 6 and l["launches"] for l in day["loader"]] == [1.0, 1.0], day["loader"]
assert day["loader"][0]["step_ms"] == 0 and day["loader"][1]["step_ms"] >= 2
assert day["leak"][0]["batches"] == 40 and day["leak"][0]["device_bytes"] == 0, day["leak"]
assert day["uploads"][0]["share"] > 0 and len(day["goals"]) == 7
assert all(goal["met"] is not None for goal in day["goals"])
for wanted in ("| check | ok |", "| kernel: a kernel's share of the copy rate | at least 0.8 |",
               "| leak: bytes more on the device after the leak run | 0 | 0 | yes |",
               "| u8 | nchw |", "A batch from pinned", "| tench |", "40 batches: 0 bytes more"):
    assert wanted in text, wanted
END
run 1 "data=$out/nothing|else"
python3 - "$out" <<'END' || exit 1
import json, sys
day = json.load(open(sys.argv[1] + "/day.json", encoding="utf-8"))
parts = {part["part"]: part for part in day["parts"]}
assert parts["loader"]["status"] == "failed" and "nothing" in parts["loader"]["why"], parts
assert parts["leak"]["status"] == "failed" and parts["check"]["status"] == "ok"
assert parts["all"]["status"] == "failed" and day["kernels"] and not day["loader"]
text = open(sys.argv[1] + "/day.md", encoding="utf-8").read()
assert "nothing\\|else" in text and "| not measured |" in text, text
END
