# SPDX-License-Identifier: MIT
"""Known answers of the orders, computed from their descriptions in src/data/order.h alone.

    python3 tests/golden/order.py > tests/golden/order.inc
    python3 tests/golden/order.py weighted > tests/golden/weighted.inc
"""
import fractions
import struct
import sys

M32, M64 = 2**32 - 1, 2**64 - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & M32, (a >> 32) ^ c[3] ^ k[1], a & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


def keys(seed, epoch):
    """The keys of eight rounds, and two numbers more."""
    seed, epoch, order_domain = seed & M64, epoch & M64, 1
    key = philox([epoch & M32, epoch >> 32, order_domain, 0], [seed & M32, seed >> 32])[:2]
    out = []
    for block in range(5):
        w = philox([block, 0, 0, 0], key)
        out += [w[1] << 32 | w[0], w[3] << 32 | w[2]]
    return out


def mix(value, key):
    z = (value ^ key) * 0x9E3779B97F4A7C15 & M64
    for _ in range(2):
        z = (z ^ z >> 32) * 0xD6E8FEB86659FD93 & M64
    return z ^ z >> 32


def order(n, seed, epoch, position):
    bits = 2
    while 2**bits < n:
        bits += 1
    low_bits = (bits + 1) // 2
    high_bits = bits - low_bits
    key, value = keys(seed, epoch), position
    while True:
        high, low = divmod(value, 2**low_bits)
        for r in range(0, 8, 2):
            high ^= mix(low, key[r]) >> (64 - high_bits)
            low ^= mix(high, key[r + 1]) >> (64 - low_bits)
        value = high * 2**low_bits + low
        if value < n:
            return value


def f32(value):
    return struct.unpack("<f", struct.pack("<f", value))[0]


def lengths(weights):
    """The lengths of samples on the line, for weights that are f32."""
    exponent, bits = -200, 0
    while any(w >= fractions.Fraction(2) ** exponent for w in weights):
        exponent += 1
    while 2**bits < len(weights):
        bits += 1
    scale = fractions.Fraction(2) ** (62 - bits - exponent)
    return [max(1, int(fractions.Fraction(w) * scale)) if w else 0 for w in weights]


def weighted(weights, n_positions, seed, epoch, position):
    teeth = lengths(weights)
    total = sum(teeth)
    r = keys(seed, epoch)[8] * total >> 64
    place = (order(n_positions, seed, epoch, position) * total + r) // n_positions
    for sample, length in enumerate(teeth):
        if place < length:
            return sample
        place -= length


# As in test_order.c.
COMBS = ([1.0], [1.0] * 5, [0.0, 3.0, 0.0, 1.0], [1e-45, 3e38, 0.5, 0.0],
         [float(i % 17) for i in range(1000)], [f32(1 / (i + 1)) for i in range(300)])


def print_weighted():
    print("/* Made by order.py. {comb, positions, seed, epoch, position, sample} */")
    for number, weights in enumerate(COMBS):
        for n, seed, epoch in ((1, 0, 0), (7, 42, 1), (1000, -7, 2**33), (2**48, 2**62, 90)):
            for position in sorted({0, n // 3, n - 1}):
                print("{%d, %dLL, %dLL, %dLL, %dLL, %d}," %
                      (number, n, seed, epoch, position, weighted(weights, n, seed, epoch, position)))


if __name__ == "__main__" and sys.argv[1:] == ["weighted"]:
    print_weighted()
elif __name__ == "__main__":
    print("/* Made by order.py. {n, seed, epoch, position, value} */")
    for n in (1, 2, 3, 5, 10, 1000, 1281167, 2**40 + 1, 2**48):
        for seed, epoch in ((0, 0), (42, 1), (-7, 2**33), (2**62, 90)):
            for position in sorted({0, n // 3, n - 1}):
                print("{%dLL, %dLL, %dLL, %dLL, %dLL}," %
                      (n, seed, epoch, position, order(n, seed, epoch, position)))
