#!/bin/sh
# The learner as Embedded Swift: the whole module is compiled, and one program that learns and predicts is linked and run.
# Needs a toolchain that brings Embedded Swift's standard library for this host (swift.org's do, Debian's does not).
set -eu
cd "$(dirname "$0")/../.."
swiftc=$(command -v swiftc)
library=$(dirname "$(readlink -f "$swiftc")")/../lib/swift/embedded
triple=$(uname -m)-unknown-linux-gnu
if [ ! -d "$library/$triple" ] && [ ! -d "$library/Swift.swiftmodule" ]; then
    echo "check-embedded: this toolchain has no Embedded Swift; skipped" >&2
    exit 0
fi
out=.build/embedded
mkdir -p "$out"
flags="-target $triple -enable-experimental-feature Embedded -swift-version 6 -wmo -Osize -parse-as-library -package-name stint"
imports="-I Sources/CMath -I Sources/COpenBLAS"
sources=$(find Sources/Stint -name '*.swift' | sort)
# shellcheck disable=SC2086
"$swiftc" $flags $imports -module-name Stint -emit-module -emit-module-path "$out/Stint.swiftmodule" -c $sources -o "$out/Stint.o"
# shellcheck disable=SC2086
"$swiftc" $flags $imports -I "$out" -module-name smoke -c Tests/Embedded/Smoke.swift -o "$out/smoke.o"
unicode=""
[ -f "$library/$triple/libswiftUnicodeDataTables.a" ] && unicode="$library/$triple/libswiftUnicodeDataTables.a"
# shellcheck disable=SC2086
cc "$out/smoke.o" "$out/Stint.o" $unicode -lopenblas -lm -Wl,--gc-sections -o "$out/smoke"
"$out/smoke"
