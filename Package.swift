// swift-tools-version:6.0
import PackageDescription

let package = Package(
    name: "stint",
    products: [
        .library(name: "Stint", targets: ["Stint"]),
        .executable(name: "stint", targets: ["StintTool"]),
        .executable(name: "stintd", targets: ["stintd"]),
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
        .target(name: "StintConfig", dependencies: ["Stint", "CToml"]),
        .target(name: "StintStore", dependencies: ["Stint", "CSodium"]),
        .target(name: "StintSockets", dependencies: ["CZeroMQ"]),
        .target(name: "StintSimulation", dependencies: ["CMath"]),
        .executableTarget(
            name: "stintd",
            dependencies: ["Stint", "StintWire", "StintConfig", "StintStore", "StintSockets", "CAllocationCount", "CLinux"]),
        .executableTarget(
            name: "StintTool",
            dependencies: [
                "Stint", "StintWire", "StintConfig", "StintStore", "StintSockets", "StintSimulation",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
            ]),
        .executableTarget(name: "StintBenchmarks", dependencies: ["Stint"], path: "Benchmarks/StintBenchmarks"),
        .testTarget(name: "StintTests", dependencies: ["Stint"], resources: [.copy("References")]),
        .testTarget(name: "StintSimulationTests", dependencies: ["StintSimulation"]),
        .testTarget(name: "StintStoreTests", dependencies: ["Stint", "StintStore"]),
        .testTarget(name: "StintSocketsTests", dependencies: ["StintSockets"]),
        .testTarget(name: "StintDaemonTests", dependencies: ["stintd", "Stint", "StintConfig", "StintWire"]),
        .testTarget(name: "StintWireTests", dependencies: ["StintWire"]),
        .testTarget(name: "StintConfigTests", dependencies: ["StintConfig"]),
    ],
    swiftLanguageModes: [.v6],
    cxxLanguageStandard: .cxx17
)
