#!/bin/sh
# The emitted functions compiled by gcc -O2, gcc -O3 and clang -O2 for the three levels give the same bits. compile_equal.sh PRIM_FNS_C SOURCE_DIR
# A compiler or level that this machine lacks is named and left out.
set -eu
text=$(realpath "$1") src=$2 work=$(mktemp -d) bad=0 n=0
trap 'rm -rf "$work"' EXIT
flags="-std=gnu17 -w -ffp-contract=off -fno-math-errno -fno-trapping-math -fno-strict-aliasing"
avx2="-mavx2 -mfma -mf16c" avx512="-mavx512f -mavx512bw -mavx512dq -mavx512vl"
for how in "gcc -O2" "gcc -O3" "clang -O2"; do
    command -v "${how%% *}" > /dev/null || { echo "skip: no ${how%% *}"; continue; }
    for level in 0 1 2; do
        case $level in 0) isa= has=sse2 ;; 1) isa=$avx2 has=avx2 ;; *) isa="$avx2 $avx512" has=avx512dq ;; esac
        grep -qw "$has" /proc/cpuinfo || { echo "skip: no $has"; continue; }
        $how $flags $isa -DSPML_LEVEL=$level -DPRIM_FNS="\"$text\"" -I"$src/lib" "$src/tests/kernels/fn_hash.c" -o "$work/run" -lm
        "$work/run" > "$work/out"
        n=$((n + 1))
        [ -f "$work/first" ] || cp "$work/out" "$work/first"
        diff "$work/first" "$work/out" > "$work/diff" || { echo "$how level $level:"; head -20 "$work/diff"; bad=1; }
    done
done
echo "$n builds, $(wc -l < "$work/first") functions"
exit $bad
