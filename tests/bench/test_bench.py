#!/usr/bin/env python3
# SPDX-License-Identifier: MIT
"""Tests the benchmark's own logic without any peer: tables from made-up numbers, commands that fail or print
nothing."""
import ast
import contextlib
import importlib.metadata
import io
import os
import random
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True
HERE = os.path.dirname(os.path.abspath(__file__))
sys.path[:0] = [HERE, os.path.join(HERE, "adapters")]

import contenders
import curves
import environments
import harness
import machine
import measure
import mixed
import sources
import table
from environments import Failure


def result(rate, cpu_share=1.0):
    """The result of 1000 images at this rate, on `cpu_share` CPUs."""
    seconds = 1000 / rate
    out = {"images": 1000, "seconds": seconds, "cpu_s": seconds * cpu_share, "first_batch_s": 0.5}
    return {**out, **{f"{stage}_s": seconds / len(table.STAGES) for stage in table.STAGES}}


def one_round(factor):
    """A round on a machine that is `factor` times as fast. No ratio may change."""
    rates = {
        "Pillow": result(500 * factor), "timm": result(400 * factor, 2), "DALI": result(1000 * factor, 2),
        "tench plain avx512 x1": result(2000 * factor), "tench plain avx512 x2": result(3600 * factor, 2),
    }
    return {"train": rates, "eval": {}}


def made_up(rounds):
    names = dict.fromkeys(("timm", "SPDL", "DALI", "tench plain avx512 x1", "tench plain avx512 x2", "Pillow"), 2)
    return {
        "dataset": "photos", "images": 1000, "size": 224, "batch": 64, "threads": 2, "machine": "a machine",
        "date": "2026-01-01", "repeat": "./dev bench DATASET", "contenders": names, "versions": {"timm": "timm 1"},
        "errors": {"SPDL": "not installed: no wheel"}, "memory": {"train": {"timm": 800.4}}, "rounds": rounds,
    }


def rows(text, start):
    """The cells of the Markdown rows whose first cell is `start`."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    found = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [cells for cells in found if cells[0] == start]


class Table(unittest.TestCase):
    def setUp(self):
        self.run = made_up([one_round(1), one_round(0.5), one_round(3)])

    def test_ratios_are_taken_within_a_round(self):
        self.assertEqual(table.ratios(self.run, "train", "tench plain avx512 x2", "timm", table.rate), [9, 9, 9])

    def test_a_round_that_one_side_missed_does_not_count(self):
        del self.run["rounds"][1]["train"]["timm"]
        self.assertEqual(len(table.ratios(self.run, "train", "tench plain avx512 x2", "timm", table.rate)), 2)

    def test_median_least_and_greatest(self):
        self.assertEqual(table.spread([3.0, 1.0, 20.0]), "**3.00** (1.00–20.0)")

    def test_one_process_by_cpu_time_with_one_thread_and_loaders_by_the_clock(self):
        text = table.factors(self.run)
        self.assertEqual(rows(text, "train: Pillow")[0][1:3], ["CPU time", "**4.00** (4.00–4.00), reaches 3.8"])
        self.assertEqual(rows(text, "train: timm")[0][1:3],
                         ["wall time, 2 threads", "**9.00** (9.00–9.00), reaches 5.5"])

    def test_a_missed_goal_is_said_twice_and_with_a_reason(self):
        self.assertIn("misses 4", rows(table.factors(self.run), "train: DALI")[0][2])
        line = "- train, against DALI, plain at AVX-512: 3.60 of 4: no reason is known yet."
        self.assertIn(line, table.misses(self.run))
        table.REASONS["train", "DALI", "plain", "avx512"] = "the moon was full"
        self.addCleanup(table.REASONS.clear)
        self.assertIn("3.60 of 4: the moon was full.", table.misses(self.run))

    def test_two_threads_against_one(self):
        self.assertEqual(rows(table.factors(self.run), "train: itself")[0][2], "**1.80** (1.80–1.80), misses 1.9")

    def test_the_price_of_building_the_index(self):
        for number, results in enumerate(self.run["rounds"]):
            results["train"]["tench first epoch index=off avx512 x2"] = result(1000)
            results["train"]["tench first epoch index=auto avx512 x2"] = result(1000 / (1.1 + number / 10))
        text = table.building(self.run)
        self.assertIn("train: a first epoch that builds the index takes **1.20** (1.10–1.30) times", text)
        self.assertIn("within 1.25", text)

    def test_an_older_build_is_compared_in_the_same_rounds(self):
        self.assertEqual(table.changes(self.run), "")
        for number, results in enumerate(self.run["rounds"]):
            results["train"]["before plain avx512 x1"] = result(4000 / (number + 1))
        row = rows(table.changes(self.run), "train")[0]
        self.assertEqual(row[1:3], ["CPU time, x1", "**0.50** (0.50–4.50)"])
        names = {contender.name for contender in contenders.everyone(2, before=True)}
        self.assertIn("before pack avx2 x2", names)

    def test_who_failed_is_listed_with_the_error(self):
        self.run["errors"]["DALI"] = self.run["errors"]["SPDL"]
        self.assertEqual(table.failures(self.run), "- not measured: SPDL, DALI: not installed: no wheel.")
        self.assertEqual(rows(table.rates(self.run), "SPDL"), [])

    def test_rates_memory_and_first_batch(self):
        self.assertEqual(rows(table.rates(self.run), "timm")[0][1:], ["2", "400", "200", "–", "–", "0.50", "800"])

    def test_stages_are_microseconds_an_image(self):
        self.assertEqual(rows(table.stages(self.run), "train, plain, AVX-512")[0][1:], ["100"] * 5 + ["500"])

    def test_every_row_has_the_columns_of_its_head(self):
        for block in table.show(self.run).split("\n\n"):
            widths = {line.count("|") for line in block.splitlines() if line.startswith("|")}
            self.assertLessEqual(len(widths), 1, block)

    def test_a_page_keeps_what_is_outside_its_marks(self):
        page = "a\n<!-- bench:begin -->\nold\n<!-- bench:end -->\nb\n"
        self.assertEqual(table.between_marks(page, "new\n"), page.replace("old", "new"))
        for broken in ("no marks", "<!-- bench:begin -->\n", "<!-- bench:end --> <!-- bench:begin -->\n"):
            self.assertRaises(ValueError, table.between_marks, broken, "new\n")

    def test_a_run_without_a_round_is_shown_too(self):
        self.run["rounds"] = []
        self.assertIn("not installed: no wheel", table.show(self.run))

    def test_every_goal_is_for_someone_who_runs(self):
        names = {contender.name for contender in contenders.everyone(2)}
        for (recipe, peer), factors in table.GOALS.items():
            self.assertIn(recipe, table.RECIPES)
            self.assertIn(peer, names)
            self.assertLessEqual({table.ours(*column, 2) for column in factors}, names)


def trained(losses, accuracies):
    """Runs, one for each seed, that end with these values."""
    return [{"train_loss": [9] * 8 + [loss] * 2, "accuracy": [0] * 8 + [share] * 2, "validation_sum": 1.0}
            for loss, share in zip(losses, accuracies)]


class Curves(unittest.TestCase):
    SAME, SHARES = [1.0, 1.2, 1.4, 1.6, 1.8], [0.1, 0.2, 0.3, 0.4, 0.5]

    def verdict(self, losses, shares, control):
        runs = {"timm": trained(self.SAME, self.SHARES), "tench": trained(losses, shares),
                "plain": trained(control, self.SHARES)}
        with contextlib.redirect_stdout(io.StringIO()) as said:
            return curves.verdict(runs), said.getvalue()

    def test_the_share_of_splits_that_differ_as_much(self):
        self.assertEqual(curves.permutation_p([1, 2, 3], [4, 5, 6]), 2 / 20)
        self.assertEqual(curves.permutation_p([1, 2], [1, 2]), 1)

    def test_what_cannot_be_is_said_before_anything_is_trained(self):
        for arguments, why in ((["--seeds", "3"], "at least 4"), ([], "no.so does not exist")):
            done = subprocess.run([sys.executable, os.path.join(HERE, "curves.py"), "no.so", HERE, *arguments],
                                  capture_output=True, text=True)
            self.assertEqual(done.returncode, 2)
            self.assertIn(why, done.stderr)

    def test_runs_end_with_the_mean_of_their_last_fifth(self):
        self.assertEqual(curves.ends(trained([1.5], [0.5]), "train_loss"), [1.5])

    def test_both_measures_must_overlap_and_the_control_must_not(self):
        near, far = [1.1, 1.1, 1.5, 1.5, 1.7], [0.1, 0.2, 0.3, 0.4, 0.5]
        self.assertEqual(self.verdict(near, self.SHARES, far)[0], 0)
        self.assertIn("DIFFER", self.verdict(far, self.SHARES, far)[1])
        self.assertEqual(self.verdict(near, [0.6, 0.7, 0.8, 0.9, 1.0], far)[0], 1)
        self.assertEqual(self.verdict(near, self.SHARES, near)[0], 1)


def keys_of(adapter, table_name):
    """The keys of a table in an adapter whose packages are not installed here."""
    with open(os.path.join(HERE, "adapters", adapter), encoding="utf-8") as file:
        body = ast.parse(file.read()).body
    tables = [node.value for node in body if isinstance(node, ast.Assign) and node.targets[0].id == table_name]
    return {key.value for key in tables[0].keys}


class Sources(unittest.TestCase):
    def test_lines_of_bench_sources(self):
        text = "tar=/a b/p.tar 1.02 1.00\nzip=/z 0.90 1.00\ntar=/a b/p.tar 2.10 2.00\n"
        self.assertEqual(sources.read_rounds(text), {"tar=/a b/p.tar": [(1.02, 1), (2.1, 2)], "zip=/z": [(0.9, 1)]})

    def test_the_median_of_the_ratios_meets_the_goal_or_not(self):
        pairs = [(1.02, 1), (2.02, 2), (5, 4)]  # 1.02, 1.01, 1.25
        self.assertEqual(sources.container_cell(pairs, 1.03), "**1.020** (1.010–1.250), within 1.03")
        self.assertEqual(sources.container_cell(pairs, 1.015), "**1.020** (1.010–1.250), misses 1.015")
        self.assertEqual(sources.container_cell(pairs, None), "**1.020** (1.010–1.250)")

    def test_only_plain_extents_in_training_have_the_goal(self):
        slow = [(1.2, 1)]
        times = {name: {"tar": slow, "Parquet, snappy": slow} for name in sources.TRANSFORMS}
        text = sources.container_table(times, 1000)
        (tar,), (snappy,) = rows(text, "tar"), rows(text, "Parquet, snappy")
        self.assertEqual(tar[1:], ["1200.0", "**1.200** (1.200–1.200), misses 1.03",
                                   "150.0", "**1.200** (1.200–1.200)"])
        self.assertEqual(snappy[2], "**1.200** (1.200–1.200)")

    def test_readers_are_compared_within_a_round(self):
        rounds = [(result(1000 * k), {**result(200 * k), "version": "timm 1"}) for k in (1, 3, 2)]
        self.assertEqual(sources.reader_row("timm-tar", rounds),
                         ["timm, tar (timm 1)", "400", "2000", "**5.00** (5.00–5.00)"])

    def test_each_reader_and_container_is_known_to_the_adapters(self):
        self.assertEqual(keys_of("load_source.py", "READERS"), set(sources.READERS))
        used = {path for _, path, _ in sources.CONTAINERS.values()} | {path for _, _, path in sources.READERS.values()}
        self.assertEqual(keys_of("write_sources.py", "WRITERS"), used)

    def test_a_mixed_epoch_has_the_shares_that_its_name_says(self):
        kinds = [mixed.extension(number) for number in range(1000)]
        self.assertEqual([kinds.count(kind) for kind in (".jpg", ".png", ".webp")], [700, 200, 100])

    def test_wall_times_are_compared_at_equal_numbers_of_threads(self):
        rounds = [{"tench x1": result(1000 * k), "tench x2": result(1800 * k, 2), "timm": result(300 * k, 2)}
                  for k in (1, 2)]
        text = mixed.rows(rounds, {"tench x1": 1, "tench x2": 2, "timm": 2})
        self.assertEqual(text[0], ["tench x1", "1", "1500", "1500", "–", "**6.67** (6.67–6.67)"])
        self.assertEqual(text[1][4:], ["**6.00** (6.00–6.00)", "**6.00** (6.00–6.00)"])
        self.assertEqual(text[2], ["timm", "2", "450", "225", "1", "1"])


class Machine(unittest.TestCase):
    def test_the_share_of_the_time_that_was_not_idle(self):
        # user, nice, system, idle, waiting for disks, interrupts, soft interrupts, stolen
        used = machine.share_used([5, 0, 5, 100, 50, 0, 0, 0], [10, 0, 15, 180, 53, 0, 0, 2])
        self.assertAlmostEqual(used, 0.17)

    def test_a_busy_machine_makes_figures_provisional(self):
        self.assertEqual(machine.remark(machine.QUIET), "")
        self.assertIn("provisional (other programs used 17% of its CPUs)", machine.remark(0.17))


class Environments(unittest.TestCase):
    def check(self, text):
        with tempfile.NamedTemporaryFile("w", suffix=".txt") as file:
            file.write(text)
            file.flush()
            environments.check_versions(sys.executable, file.name)

    def test_pinned_versions_are_compared(self):
        packages = {d.metadata["Name"]: d.version for d in importlib.metadata.distributions() if d.metadata["Name"]}
        for name, version in list(packages.items())[:1]:
            self.check(f"# a comment\n\n{name}=={version.partition('+')[0]}\n{name}\n")
            with self.assertRaisesRegex(Failure, f"lacks {name} 0.0.1 .found: {version}."):
                self.check(f"{name}==0.0.1\n")

    def test_a_missing_package_is_named(self):
        with self.assertRaisesRegex(Failure, "lacks no-such-package .found: none."):
            self.check("no-such-package\n")


class Measure(unittest.TestCase):
    def python(self, code, **how):
        return measure.run([sys.executable, "-c", code], **how)

    def test_the_last_line_is_the_result(self):
        self.assertEqual(self.python("print('loading'); print('{\"images\": 3}')"), {"images": 3})

    def test_memory_of_the_command_and_its_children(self):
        code = "import subprocess, sys; subprocess.run([sys.executable, '-c', " \
               "'b = bytearray(64 << 20); import time; time.sleep(0.5)']); print('{}')"
        self.assertGreater(self.python(code, with_memory=True)["pss_mib"], 64)
        self.assertGreater(self.python(code, with_memory=True, wrapper=["env"])["pss_mib"], 64)

    def test_a_failure_says_what_the_command_said(self):
        with self.assertRaisesRegex(Failure, "exit code 3: no such thing"):
            self.python("import sys; print('no such thing', file=sys.stderr); sys.exit(3)")

    def test_silence_is_a_failure(self):
        for code in ("", "print('hello')"):
            with self.assertRaisesRegex(Failure, "no JSON"):
                self.python(code)


class Draws(unittest.TestCase):
    def test_a_crop_lies_in_the_image_and_has_an_area(self):
        numbers = random.Random(1)
        for width, height in ((1, 1), (1, 500), (500, 1), (3, 2), (224, 224), (640, 480)):
            for _ in range(200):
                left, top, w, h = harness.draw_crop(width, height, numbers)
                self.assertTrue(0 <= left and 0 <= top and 0 < w and 0 < h)
                self.assertTrue(left + w <= width and top + h <= height)

    def test_the_share_of_the_area(self):
        """The share is uniform from 0.08 to 3/4. Above 3/4 only ratios near 1 fit a square. The mean is 0.4777."""
        numbers = random.Random(2)
        shares = [w * h / 1e6 for _, _, w, h in (harness.draw_crop(1000, 1000, numbers) for _ in range(20000))]
        self.assertAlmostEqual(sum(shares) / len(shares), 0.4777, delta=0.005)
        self.assertGreaterEqual(min(shares), 0.079)

    def test_the_short_side(self):
        self.assertEqual(harness.short_side_to(256, 500, 375), (341, 256))
        self.assertEqual(harness.short_side_to(256, 375, 500), (256, 341))

    def test_what_does_not_fill_a_batch_is_left_out(self):
        self.assertEqual(list(harness.batches(list(range(7)), 3)), [[0, 1, 2], [3, 4, 5]])


if __name__ == "__main__":
    unittest.main()
