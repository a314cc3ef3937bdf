#!/bin/sh
# Emitted text of the instances in list (and list_FOLDER) against the committed text. golden.sh KIRC SOURCE_DIR FOLDER TARGET EXTENSION [--write]; TARGET as kirc --text takes it.
# Line numbers of templates are left out. After a wanted change: scripts/rebless BUILD_DIR, and read the diff.
set -u
kirc=$(realpath "$1") here=$2/tests/golden dir=$2/tests/golden/$3 target=$4 extension=$5 write=${6-} bad=0 n=0
cd "$2" || exit 1
tmp=$(mktemp) && trap 'rm -f "$tmp"' EXIT
cat "$here/list" > "$tmp"
[ -f "$here/list_$3" ] && cat "$here/list_$3" >> "$tmp" # TARGET:KEY
while read -r key; do
    n=$((n + 1)) to=$target
    case $key in ptx*:*) to=${key%%:*} key=${key#*:};; esac
    name=$(printf '%02d_%s' "$n" "$(printf %s "${to#"$target"}$key" | tr -c 'A-Za-z0-9\n' '_' | cut -c1-40)").$extension
    text=$("$kirc" --text "$to" "$key" kernels/*.k kernels/fuse.def | sed 's/\(\.k\):[0-9]*/\1:LINE/') || bad=1
    [ -n "$text" ] || { echo "$key: not emitted"; bad=1; continue; }
    if [ "$write" = --write ]; then
        printf '%s\n' "$text" > "$dir/$name"
    elif ! printf '%s\n' "$text" | diff -u "$dir/$name" - ; then
        echo "$key: text differs from $name; if that is wanted: scripts/rebless BUILD_DIR"
        bad=1
    fi
done < "$tmp"
exit $bad
