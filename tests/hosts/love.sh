#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# require "tench" works in LÖVE: love.sh CHECKOUT LIBRARY DATASET. The game has no window. Its folder has
# the Lua files and the library, as in a released game. Skips (77) without LÖVE.
set -eu
command -v love >/dev/null || {
    echo "skipped: no love here"
    exit 77
}
checkout=$1 library=$2
export TENCH_DATASET=$3
game=$(mktemp -d)
trap 'rm -rf "$game"' EXIT
cp -r "$checkout/lua/." "$game"
cp "$library" "$game/libtench.so"
cp "$checkout/tests/hosts/five_lines.lua" "$game"
cat >"$game/conf.lua" <<'END'
function love.conf(t)
    t.modules.window, t.modules.graphics, t.modules.audio = false, false, false
end
END
cat >"$game/main.lua" <<'END'
arg = nil
local ok, why = pcall(require, "five_lines")
if not ok then print(why) end
love.event.quit(ok and 0 or 1)
END
SDL_VIDEODRIVER=dummy SDL_AUDIODRIVER=dummy love "$game"
