#!/bin/sh
exec /usr/bin/python3 -OO -I -S /usr/lib/webmacs-edge/launch.py "$@"
