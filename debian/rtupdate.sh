#!/bin/sh
# Called when the default Python changes (Debian 12 to 13): byte code for the new one.
set -e
case "$1" in
    rtupdate | post-rtupdate)
        /usr/bin/python3 -I -S -m compileall -q -o 2 /usr/lib/webmacs-edge || true
        sync -f /usr/lib/webmacs-edge
        ;;
esac
