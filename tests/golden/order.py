# SPDX-License-Identifier: MIT
"""Known answers of the order "feistel-1", computed from its description in src/data/order.h alone.

    python3 tests/golden/order.py > tests/golden/order.inc
"""

M32, M64 = 2**32 - 1, 2**64 - 1


def philox(counter, key):
    c, k = list(counter), list(key)
    for _ in range(10):
        a, b = 0xD2511F53 * c[0], 0xCD9E8D57 * c[2]
        c = [(b >> 32) ^ c[1] ^ k[0], b & M32, (a >> 32) ^ c[3] ^ k[1], a & M32]
        k = [(k[0] + 0x9E3779B9) & M32, (k[1] + 0xBB67AE85) & M32]
    return c


def keys(seed, epoch):
    seed, epoch, order_domain = seed & M64, epoch & M64, 1
    key = philox([epoch & M32, epoch >> 32, order_domain, 0], [seed & M32, seed >> 32])[:2]
    out = []
    for block in range(4):
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


if __name__ == "__main__":
    print("/* Made by order.py. {n, seed, epoch, position, value} */")
    for n in (1, 2, 3, 5, 10, 1000, 1281167, 2**40 + 1, 2**48):
        for seed, epoch in ((0, 0), (42, 1), (-7, 2**33), (2**62, 90)):
            for position in sorted({0, n // 3, n - 1}):
                print("{%dLL, %dLL, %dLL, %dLL, %dLL}," %
                      (n, seed, epoch, position, order(n, seed, epoch, position)))
