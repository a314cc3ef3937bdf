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
assemble() { # TARGET SM KEY
    if ! "$kirc" --text "$1" "$3" kernels/*.k kernels/fuse.def > "$tmp/k.ptx" 2> "$tmp/log"; then
        refused=$((refused + 1))
        grep -q 'the device has no' "$tmp/log" || bad=1
        echo "$1: $3: refused: $(cat "$tmp/log")"
        return
    fi
    n=$((n + 1))
    "$ptxas" -v -arch "sm_$2" "$tmp/k.ptx" -o "$tmp/k.cubin" > "$tmp/log" 2>&1 || { echo "$1: $3: $(cat "$tmp/log")"; bad=1; }
    case $3 in matmul*|conv*|gemm*|contract*) grep -q ' 0 bytes spill stores' "$tmp/log" || { echo "$1: $3: spills: $(grep spill "$tmp/log")"; bad=1; };; esac
}
for tier in 75 80 90; do
    while read -r key; do
        assemble "ptx$tier" "$tier" "$key"
    done < "$tmp/keys"
    for key in 'matmul<T=f32>/B=1' 'matmul<T=f16>/B=1' 'matmul<T=bf16>/B=1' 'contract<T=i8>/B=0/M=1/K=1/N=1' 'conv<X=f16,G=live,SH=live,SW=live,DH=live,DW=live,PH=live,PW=live>' \
        'conv<X=f32,G=live,SH=live,SW=live,DH=live,DW=live,PH=live,PW=live>'; do
        assemble "ptx$tier-dense" "$tier" "$key"
        assemble "ptx$tier-dense-tf32" "$tier" "$key"
    done
done
echo "$n texts assembled, $refused refused by name"
exit $bad
