#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# The check of pages finds each kind of mistake, and passes a page without one:
# test_check.sh BUILD MAKE_IMAGES WORK.
# shellcheck disable=SC2016
set -uo pipefail
build=$1 make_images=$2 work=$3
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
top=$(cd "$here/../.." && pwd)
export failed=0

rm -rf "$work"
mkdir -p "$work/checkout/guides"
for entry in .ci dev kernels src lua recipes tests; do
    ln -s "$top/$entry" "$work/checkout/$entry"
done

fail() {
    printf 'FAILED: %s\n' "$*"
    failed=1
}

# page NAME: its text is read from standard input
page() {
    cat >"$work/checkout/$1"
    passed=yes
    "$here/check.sh" "$build" "$make_images" "$1" "$work/check" "$work/checkout" >"$work/out" 2>&1 || passed=no
}

passes() {
    [ $passed = yes ] || fail "a page that is right: $(cat "$work/out")"
}

# finds LINE TEXT
finds() {
    [ $passed = no ] || fail "nothing was found; wanted: $2"
    grep -qF "md:$1: $2" "$work/out" || fail "line $1 was to have '$2': $(cat "$work/out")"
}

echo "A page." >"$work/checkout/README.md"
page guides/right.md <<'END'
# One `two` — [three](../README.md)!

See [here](#one-two--three), [again](#twice-1), [there](../src/tench.h), [far](https://example.org/x#y).
Inline: `tench run RECIPE --json`, `tench help hflip`, `./dev run --cuda`, `--dump`, `src/tench.h`,
`lua/tench/*.lua`, ``a ` b``, `tench VERB`, `tn_loader_next`, `TN_EINVAL`, `loader:epoch(0, stream)`.

## Twice
## Twice

```sh
mkdir -p mine
cd mine
word=kept   # a comment
```

```sh norun
sudo ./dev test -R docs
tench run recipes/imagenet_train.lua DATASET \
    epochs=2 --json | tee log && tench doctor
```

```lua
local tench = require "tench"
local ds = tench.create_dataset(os.getenv "DATASET")
assert(#ds == 144)
```

```sh
[ "$word" = kept ] && [ "${PWD##*/}" = mine ] && tench info "$DATASET" >/dev/null
```

- A list:
  ```lua continue
  assert(ds[1].width > 1)
  local file = assert(io.open("seen.txt", "w"))
  file:write(tench.splits and "written\n")
  file:close()
  ```

```sh
grep -q written ../seen.txt
```

```lua recipe
return { ops = { op.random_resized_crop{ size = 32 } }, loader = { batch_size = 2 } }
```

```c ../loop.c
#include <stdio.h>
#include <tench.h>

int main(int argc, char **argv)
{
    return argc == 2 && printf("%s %s\n", argv[1], tn_version()) > 0 ? 0 : 1;
}
```

```c
#include <stdlib.h>
if (tn_loader_next(loader, &batch, -1) != TN_OK)
    abort();
```

```sh
test -s ../loop.c
```

```python
print("not run without torch")
```

<!-- generated: printf 'a\nb\n' -->
a
b
<!-- end -->
END
passes

page links.md <<'END'
[a](guides/gone.md)
[b](guides/right.md#twice-2)
[c](../outside)
[d]: guides/none.md
`tench rnu x`, `./dev tset`, `tench run --jsn`, `src/gone.c`, `--never-was`, `tench help nothing`
`tn_loader_nxt`, `TN_ENONE`, `tn__gone`, `loader:nxt()`
`c/base`, `cli/*`, `c/never`
`tench run RECIPE split=val ops.hflip.p=0 splitt=val`
END
finds 1 "there is no file guides/gone.md"
finds 2 "there is no heading #twice-2 in guides/right.md"
finds 3 "there is no file ../outside"
finds 4 "there is no file guides/none.md"
finds 5 "tench has no verb rnu"
finds 5 "./dev has no verb tset"
finds 5 "tench run has no option --jsn"
finds 5 "there is no file src/gone.c"
finds 5 "no program here has the option --never-was"
finds 5 "tench help does not know nothing"
finds 6 "tench.h has no tn_loader_nxt"
finds 6 "tench.h has no TN_ENONE"
finds 6 "src has no tn__gone"
finds 6 "no object in Lua has the method nxt"
finds 7 "there is no test c/never"
finds 8 "tench help does not know the setting splitt"

page blocks.md <<'END'
```sh norun
true
env A=b tench info --sheet x
```
```ruby
```
```sh maybe
```
```sh
./dev test
```
<!-- generated: echo new -->
old
<!-- end -->
```text
END
finds 3 "tench info has no option --sheet"
finds 5 "a block of 'ruby'"
finds 7 "a block of sh cannot be 'maybe'"
finds 9 "./dev installs and builds"
finds 12 'the text is not what `echo new` prints'
finds 15 "the block does not end"

# `./dev docs` writes a page whole, or not at all.
update() {
    (cd "$work/checkout" && luajit "$here/check.lua" --update parts.md) >"$work/out" 2>&1
}
for command in 'false; echo new' 'true' 'no-such-program'; do
    printf '%s\n' "<!-- generated: $command -->" old '<!-- end -->' >"$work/checkout/parts.md"
    cp "$work/checkout/parts.md" "$work/before.md"
    if update; then fail "the page was written with what '$command' prints"; fi
    cmp "$work/checkout/parts.md" "$work/before.md" || fail "'$command' changed the page"
    page parts.md <"$work/before.md"
    finds 1 "\`$command\`"
done
printf '%s\n' '<!-- generated: echo new -->' old '<!-- end -->' >"$work/checkout/parts.md"
update || fail "the page was not written: $(cat "$work/out")"
printf '%s\n' '<!-- generated: echo new -->' new '<!-- end -->' | cmp - "$work/checkout/parts.md" ||
    fail "the page was not written as its command prints: $(cat "$work/checkout/parts.md")"

# One block that fails each, at its line.
fails_at() {
    page one.md
    finds "$1" "the block failed"
}
fails_at 2 <<<$'\n```sh\nfalse\ntrue\n```'
fails_at 1 <<<$'```sh\necho "$never_set"\n```'
fails_at 1 <<<$'```lua\nerror "no"\n```'
fails_at 4 <<<$'```lua\nlocal a = 1\n```\n```lua continue\nassert(a == 2)\n```'
fails_at 1 <<<$'```lua norun\nlocal = 1\n```'
fails_at 1 <<<$'```lua recipe\nreturn { ops = { op.hflop{} } }\n```'
fails_at 1 <<<$'```c\ntn_loader_nxt(loader);\n```'
fails_at 1 <<<$'```c\nint main(void) { return 3; }\n```'
fails_at 1 <<<$'```c norun\nint main(void) { return missing(); }\n```'
if command -v python3 >/dev/null; then
    fails_at 1 <<<$'```python\ndef f(:\n```'
fi

page README.md < <(for ((n = 0; n < 700; n++)); do echo "sixteen letters."; done)
finds 1 "the page has 11900 bytes"
exit $failed
