-- SPDX-License-Identifier: MIT
-- The script that each host runs: an epoch over DATASET (arg[1], or the environment's
-- TENCH_DATASET), and a loop over its samples. The number of images is a multiple of 5, so that no
-- batch is dropped.
local tench = require "tench"
local root = (arg and arg[1]) or os.getenv("TENCH_DATASET")
local dataset = tench.create_dataset("", root)
local loader = tench.create_loader(dataset, { 3, 64, 64 }, 5, { is_training = true })
local images = 0
for batch in loader:epoch(1) do
    images = images + batch.image.shape[1]
end
assert(images == dataset.n, "the epoch had " .. images .. " images of " .. dataset.n)
assert(#dataset == dataset.n, "the data set's length is not the number of its images")
for sample, image in ipairs(dataset) do
    assert(image.name == dataset:name(sample))
    images = images - 1
end
assert(images == 0, "ipairs did not go through the data set")
print("ok: " .. #dataset .. " images in batches of 5")
