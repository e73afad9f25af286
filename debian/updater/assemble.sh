#!/bin/sh
# Usage: assemble.sh TARGET: the helper's files with the few rules it shares with the appliance.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
source=$(cd "$here/../.." && pwd)/webmacs_edge
mkdir -p "$1/webmacs_updater" "$1/webmacs_edge/firmware" "$1/webmacs_edge/model"
cp "$here/webmacs-edge-update.py" "$1/"
cp "$here"/webmacs_updater/*.py "$1/webmacs_updater/"
for name in manifest fitness container signing_keys; do cp "$source/firmware/$name.py" "$1/webmacs_edge/firmware/"; done
cp "$here/alone/text.py" "$1/webmacs_edge/model/"
for folder in webmacs_edge webmacs_edge/firmware webmacs_edge/model; do : > "$1/$folder/__init__.py"; done
