#!/bin/sh
# Every instance of kernels/aot.def and of the golden lists as PTX for each tier, assembled by ptxas where a toolkit is present.
# Contraction kernels that spill are named. ptxas.sh KIRC SOURCE_DIR; 77: no toolkit.
set -u
kirc=$(realpath "$1") bad=0 n=0 refused=0
cd "$2" || exit 1
ptxas=${PTXAS:-$(command -v ptxas || echo /usr/local/cuda/bin/ptxas)}
[ -x "$ptxas" ] || { echo "SKIPPED: no ptxas on this machine"; exit 77; }
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
{ grep -v '^//' kernels/aot.def; cat tests/golden/list; sed -n 's/^emit //p' tests/kernels/golden_c/list; } | sort -u > "$tmp/keys"
for tier in 75 80 90; do
    while read -r key; do
        if ! "$kirc" --text "ptx$tier" "$key" kernels/*.k > "$tmp/k.ptx" 2> "$tmp/log"; then
            refused=$((refused + 1))
            grep -q 'the device has no' "$tmp/log" || bad=1
            echo "sm_$tier: $key: refused: $(cat "$tmp/log")"
            continue
        fi
        n=$((n + 1))
        "$ptxas" -v -arch "sm_$tier" "$tmp/k.ptx" -o "$tmp/k.cubin" > "$tmp/log" 2>&1 || { echo "sm_$tier: $key: $(cat "$tmp/log")"; bad=1; }
        case $key in matmul*|conv*|gemm*) grep -q ' 0 bytes spill stores' "$tmp/log" || { echo "sm_$tier: $key: spills: $(grep spill "$tmp/log")"; bad=1; };; esac
    done < "$tmp/keys"
done
echo "$n texts assembled, $refused refused by name"
exit $bad
