// swift-tools-version:6.0
import PackageDescription

#if arch(arm64)
let multiarch = "aarch64-linux-gnu"
#elseif arch(arm)
let multiarch = "arm-linux-gnueabihf"
#else
let multiarch = "x86_64-linux-gnu"
#endif

/// The programs find the serial OpenBLAS first, whatever flavour the machine's alternatives point to: the threaded one keeps
/// a second thread and half a MiB. The daemon carries Swift's library in it, which saves megabytes of resident memory.
let serialBLAS: LinkerSetting = .unsafeFlags(["-Xlinker", "-rpath", "-Xlinker", "/usr/lib/\(multiarch)/openblas-serial"])
let staticLibrary: LinkerSetting = .unsafeFlags(["-static-stdlib"])

let package = Package(
    name: "stint",
    products: [
        .library(name: "Stint", targets: ["Stint"]),
        .executable(name: "stint", targets: ["StintTool"]),
        .executable(name: "stintd", targets: ["stintd"]),
        .library(name: "StintFuzzing", type: .static, targets: ["StintFuzzing"]),
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2"),
    ],
    targets: [
        .systemLibrary(name: "CMath"),
        .systemLibrary(name: "COpenBLAS", providers: [.apt(["libopenblas-dev", "libopenblas-serial-dev"])]),
        .systemLibrary(name: "CZeroMQ", providers: [.apt(["libzmq3-dev"])]),
        .systemLibrary(name: "CSodium", providers: [.apt(["libsodium-dev"])]),
        .target(name: "CLinux"),
        .target(name: "CAllocationCount"),
        .target(name: "CToml"),
        .target(name: "Stint", dependencies: ["CMath", "COpenBLAS"]),
        .target(name: "StintWire", dependencies: ["Stint"]),
        .target(name: "StintConfig", dependencies: ["Stint", "StintStore", "CToml"]),
        .target(name: "StintIntake", dependencies: ["Stint", "StintConfig", "StintWire"]),
        .target(name: "StintStore", dependencies: ["Stint", "CSodium"]),
        .target(name: "StintSockets", dependencies: ["CZeroMQ"]),
        .target(name: "StintSecurity", dependencies: ["CSodium", "StintConfig", "StintSockets", "StintStore"]),
        .target(name: "StintSimulation", dependencies: ["CMath"]),
        .target(
            name: "StintDaemon",
            dependencies: ["Stint", "StintWire", "StintConfig", "StintIntake", "StintSecurity", "StintStore", "StintSockets", "CAllocationCount"]),
        .executableTarget(
            name: "stintd",
            dependencies: ["Stint", "StintConfig", "StintDaemon", "StintStore", "CLinux"],
            linkerSettings: [serialBLAS, staticLibrary]),
        .executableTarget(
            name: "StintTool",
            dependencies: [
                "Stint", "StintWire", "StintConfig", "StintIntake", "StintSecurity", "StintStore", "StintSockets", "StintSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ],
            linkerSettings: [serialBLAS]),
        .executableTarget(
            name: "StintSoak", dependencies: ["Stint", "StintConfig", "StintStore", "StintSimulation", "CAllocationCount"],
            path: "Benchmarks/StintSoak", linkerSettings: [serialBLAS]),
        .testTarget(name: "StintSoakTests", dependencies: ["StintSoak", "Stint", "StintSimulation"]),
        .testTarget(name: "StintTests", dependencies: ["Stint", "StintWire", "CAllocationCount"], resources: [.copy("References")]),
        .testTarget(name: "StintSimulationTests", dependencies: ["StintSimulation"]),
        .testTarget(name: "StintStoreTests", dependencies: ["Stint", "StintStore"], exclude: ["Fixtures"]),
        .testTarget(name: "StintSecurityTests", dependencies: ["StintConfig", "StintSecurity", "StintSockets"]),
        .testTarget(name: "StintSocketsTests", dependencies: ["StintSockets"]),
        .testTarget(name: "StintDaemonTests", dependencies: ["StintDaemon", "Stint", "StintConfig", "StintIntake", "StintWire"]),
        .testTarget(name: "StintEndToEndTests", dependencies: ["StintSockets", "StintSimulation", "StintWire"]),
        .testTarget(name: "StintWireTests", dependencies: ["StintWire"]),
        .testTarget(name: "StintConfigTests", dependencies: ["StintConfig"]),
        .target(name: "StintFuzzing", dependencies: ["Stint", "StintConfig", "StintStore", "StintWire"], path: "Tests/Fuzz/Targets"),
        .testTarget(name: "StintFuzzTests", dependencies: ["StintFuzzing"]),
        .testTarget(name: "StintToolTests", dependencies: ["StintTool", "StintSimulation"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)

// A slow disk under the daemon: `make bench-disk`.
if Context.environment["STINT_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(
            name: "StintSlowDisk", dependencies: ["StintDaemon", "StintSockets", "StintStore"], path: "Benchmarks/StintSlowDisk",
            linkerSettings: [serialBLAS]))
    // Hundreds of millions of damaged inputs: `make long-fuzz`.
    package.targets.append(.executableTarget(name: "StintLongFuzz", dependencies: ["StintFuzzing"], path: "Benchmarks/StintLongFuzz"))
}

// The benchmarks look inside the learner, so they only build with `-enable-testing`; `make bench` asks for them.
if Context.environment["STINT_BENCHMARKS"] != nil {
    package.targets.append(
        .executableTarget(name: "StintBenchmarks", dependencies: ["Stint", "StintSimulation", "StintWire", "COpenBLAS"], path: "Benchmarks/StintBenchmarks"))
}
