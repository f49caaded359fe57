#!/bin/sh
# Fuzzes every decoder with libFuzzer, FUZZ_SECONDS (60) each, from the committed corpora. What it finds is kept in .build-fuzz/found.
#   FUZZ_SECONDS=600 packaging/scripts/fuzz.sh frames capture
set -eu
cd "$(dirname "$0")/../.."
build=.build-fuzz swift=${SWIFT:-swift} seconds=${FUZZ_SECONDS:-60}
$swift build -c release --scratch-path $build -Xswiftc -sanitize=fuzzer --product StintFuzzing
include=$(for map in Sources/C*; do [ -d "$map/include" ] && echo "-Xcc -I$map/include"; echo "-I $map"; done
    for map in "$PWD/$build"/release/*.build/module.modulemap; do echo "-Xcc -fmodule-map-file=$map"; done)
# shellcheck disable=SC2086 # each word is a flag
${SWIFT_COMPILER:-swiftc} -O -swift-version 6 -sanitize=fuzzer -parse-as-library $include -I $build/release/Modules \
    Tests/Fuzz/Engine/Engine.swift $build/release/libStintFuzzing.a -lopenblas -lsodium -lstdc++ -o $build/fuzz
targets=${*:-$(ls Tests/Fuzz/Corpus)}
for target in $targets; do
    mkdir -p "$build/corpus/$target" "$build/found"
    echo "fuzz: $target, $seconds s"
    # Inputs that reach something new go to the first folder; the committed ones are only read.
    STINT_FUZZ_TARGET=$target $build/fuzz -max_total_time="$seconds" -timeout=10 -rss_limit_mb=1024 -max_len=4096 -print_final_stats=1 \
        -artifact_prefix="$build/found/$target-" "$build/corpus/$target" "Tests/Fuzz/Corpus/$target" > "$build/$target.log" 2>&1 \
        || { tail -20 "$build/$target.log"; echo "fuzz: $target failed; see $build/$target.log and $build/found"; exit 1; }
    grep -E "number_of_executed_units|cov:" "$build/$target.log" | tail -2
done
