#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# require "tench" works in nginx with its Lua module: nginx.sh CHECKOUT LIBRARY DATASET. The data set and
# the loader are made before nginx forks its worker, and the epoch runs in the worker. So a fork before
# the first batch is harmless. Skips (77) without nginx or its Lua module.
set -eu
nginx=$(PATH=$PATH:/usr/sbin command -v nginx || command -v openresty) || {
    echo "skipped: no nginx here"
    exit 77
}
modules=/usr/lib/nginx/modules
[ -e $modules/ngx_http_lua_module.so ] || [ "${nginx##*/}" = openresty ] || {
    echo "skipped: nginx has no Lua module here"
    exit 77
}
checkout=$1
export TENCH_LIB=$2 TENCH_DATASET=$3
work=$(mktemp -d)
port=$((20000 + RANDOM % 10000))
{
    if [ -e $modules/ngx_http_lua_module.so ]; then
        echo "load_module $modules/ndk_http_module.so;"
        echo "load_module $modules/ngx_http_lua_module.so;"
    fi
    [ "$(id -u)" -ne 0 ] || echo "user root;"
    cat <<END
daemon off;
worker_processes 1;
pid $work/pid;
error_log stderr warn;
env TENCH_LIB;
env TENCH_DATASET;
events {}
http {
    access_log off;
    lua_package_path "$checkout/lua/?.lua;;";
    init_by_lua_block {
        local tench = require "tench"
        dataset = tench.create_dataset("", os.getenv "TENCH_DATASET")
        loader = tench.create_loader(dataset, { 3, 64, 64 }, 5, { is_training = true })
    }
    server {
        listen 127.0.0.1:$port;
        location / {
            content_by_lua_block {
                local images = 0
                for batch in loader:epoch(1) do
                    images = images + batch.image.shape[1]
                end
                ngx.say(images == dataset.n and "ok: " or "wrong: ", images, " images")
            }
        }
    }
}
END
} >"$work/nginx.conf"
"$nginx" -p "$work" -c "$work/nginx.conf" &
pid=$!
trap 'kill $pid 2>/dev/null; wait $pid; rm -rf "$work"' EXIT
for _ in $(seq 100); do
    { exec 3<>"/dev/tcp/127.0.0.1/$port"; } 2>/dev/null && break
    sleep 0.05
done
printf 'GET / HTTP/1.0\r\n\r\n' >&3
answer=$(cat <&3)
echo "$answer"
grep -q '^ok: ' <<<"$answer"
