# SPDX-License-Identifier: MIT
"""What the comparison is to show: how many times a peer's rate ours has to reach at least.

A goal names a recipe, a peer, and for each of ours the factor. `REASONS` says, for a goal that is missed, why, and
what was tried; the table prints it.
"""
# (recipe, peer) -> {(kind, level): factor}. The peers that run in one process are compared per CPU-second with ours of
# one thread, whole loaders by the wall clock.
_PILLOW = {
    ("plain", "avx512"): 3.8, ("index", "avx512"): 6.3, ("pack", "avx512"): 13,
    ("plain", "avx2"): 3.2, ("index", "avx2"): 5, ("pack", "avx2"): 9,
}
_TIMM = {("plain", "avx512"): 5.5, ("index", "avx512"): 8, ("pack", "avx512"): 16}
GOALS = {
    ("train", "Pillow"): _PILLOW,
    ("train", "timm"): _TIMM,
    ("eval", "timm"): _TIMM,
    ("train", "DALI"): {("plain", "avx512"): 4},
    ("train", "FFCV q96"): {("plain", "avx512"): 3},
    ("train", "torchvision"): {("plain", "avx512"): 3.5},
    ("train", "SPDL"): {("plain", "avx512"): 5},
}
# Two threads against one, every kind and level.
SCALING = 1.9

# At most: CPU time of an epoch that builds the index, in plain epochs.
BUILDING = 1.25

# (recipe, peer, kind, level) -> why the goal is missed; the peer is "scaling" for two threads against one.
REASONS = {}
