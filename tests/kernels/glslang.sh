#!/bin/sh
# Every instance of kernels/aot.def and of the golden lists as GLSL: every float result is precise; glslangValidator makes SPIR-V of it and
# spirv-val accepts that, where these tools are. glslang.sh KIRC SOURCE_DIR CHECK_PRECISE; 77: no glslangValidator.
set -u
kirc=$(realpath "$1") precise=$(realpath "$3") bad=0 n=0 refused=0
cd "$2" || exit 1
tmp=$(mktemp -d) && trap 'rm -rf "$tmp"' EXIT
glslang=$(command -v glslangValidator) || echo "SKIPPED: no glslangValidator: texts are only checked for precise"
val=$(command -v spirv-val) || echo "SKIPPED: no spirv-val"
{ grep -v '^//' kernels/aot.def; cat tests/golden/list; sed -n 's/^emit //p' tests/kernels/golden_c/list; } | sort -u > "$tmp/keys"
while read -r key; do
    if ! "$kirc" --text glsl "$key" kernels/*.k kernels/fuse.def > "$tmp/k.comp" 2> "$tmp/log"; then
        refused=$((refused + 1))
        grep -q 'the device has no\|GLSL: ' "$tmp/log" || bad=1
        echo "$key: refused: $(cat "$tmp/log")"
        continue
    fi
    n=$((n + 1))
    "$precise" "$tmp/k.comp" || { echo "$key: not precise"; bad=1; }
    [ -z "$glslang" ] || "$glslang" -V --target-env vulkan1.2 -o "$tmp/k.spv" "$tmp/k.comp" > "$tmp/log" 2>&1 || { echo "$key: $(cat "$tmp/log")"; bad=1; continue; }
    [ -z "$glslang" ] || [ -z "$val" ] || "$val" --target-env vulkan1.2 "$tmp/k.spv" || { echo "$key: spirv-val"; bad=1; }
done < "$tmp/keys"
echo "$n texts, $refused refused by name"
[ $bad = 0 ] && [ -z "$glslang" ] && exit 77
exit $bad
