#!/bin/sh
# Emitted C of the instances in golden_c/list against the committed text. golden_c.sh KIRC SOURCE_DIR [--write]
# Line numbers of templates are left out. After a wanted change: scripts/rebless BUILD_DIR, and read the diff.
set -u
kirc=$(realpath "$1") dir=$2/tests/kernels/golden_c write=${3-} bad=0 n=0
cd "$2" || exit 1
while read -r how key; do
    n=$((n + 1))
    name=$(printf '%02d_%s' "$n" "$(printf %s "$key" | tr -c 'A-Za-z0-9\n' '_' | cut -c1-40)").c
    text=$("$kirc" "--$how" "$key" kernels/*.k kernels/fuse.def | sed 's/\(\.k\):[0-9]*/\1:LINE/') || { echo "$key: not emitted"; bad=1; continue; }
    if [ "$write" = --write ]; then
        printf '%s\n' "$text" > "$dir/$name"
    elif ! printf '%s\n' "$text" | diff -u "$dir/$name" - ; then
        echo "$key: text differs from $name; if that is wanted: scripts/rebless BUILD_DIR"
        bad=1
    fi
done < "$dir/list"
exit $bad
