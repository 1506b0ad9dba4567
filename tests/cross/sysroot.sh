#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# sysroot.sh FOLDER: unpacks the libraries of the engine and its C tests, from Debian's packages for
# arm64, below FOLDER. It installs nothing and adds no architecture to dpkg. apt works with its own
# lists beside FOLDER, and checks the archive's signatures as usual.
set -euo pipefail
folder=$(realpath -m "${1:?usage: sysroot.sh FOLDER}")
lists=$folder.apt
packages=(libjpeg62-turbo libjpeg62-turbo-dev libxxhash-dev check libsubunit0 libsubunit-dev
    zlib1g zlib1g-dev libzstd1 libzstd-dev)

[ "$(cat "$folder/complete" 2>/dev/null)" != "${packages[*]}" ] || exit 0
rm -rf "$folder" "$lists"
mkdir -p "$folder" "$lists/lists/partial" "$lists/cache/archives/partial"
apt=(apt-get -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64
    -o Dir::State::lists="$lists/lists" -o Dir::State::status=/dev/null
    -o Dir::Cache="$lists/cache" -o APT::Sandbox::User="$(id -un)")
"${apt[@]}" update
cd "$lists"
"${apt[@]}" download "${packages[@]}"
for package in ./*.deb; do
    dpkg-deb -x "$package" "$folder"
done
echo "${packages[*]}" >"$folder/complete"
rm -rf "$lists"
