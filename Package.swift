// swift-tools-version: 6.2
import PackageDescription

// Tests spend their time in the library, which is optimized. They themselves run once, so they are built fast.
let builtFast: [SwiftSetting] = [.unsafeFlags(["-Onone"], .when(configuration: .release))]

let package = Package(
    name: "swift-torch",
    products: [
        .library(name: "Torch", targets: ["Torch", "CTorchKernelSources"]),
        .library(name: "TorchVision", targets: ["TorchVision"]),
        .library(name: "TorchText", targets: ["TorchText"]),
        .library(name: "TorchBoard", targets: ["TorchBoard"]),
        .library(name: "TorchMetrics", targets: ["TorchMetrics"]),
        .library(name: "TorchPlot", targets: ["TorchPlot"]),
        .library(name: "TorchPython", targets: ["TorchPython"]),
        .library(name: "TorchDistributed", targets: ["TorchDistributed"]),
        .executable(name: "fashion-mnist", targets: ["fashion-mnist"]),
        .executable(name: "mnist", targets: ["mnist"]),
        .executable(name: "dcgan", targets: ["dcgan"]),
        .executable(name: "imagenet", targets: ["imagenet"]),
        .executable(name: "vae", targets: ["vae"]),
        .executable(name: "siamese-network", targets: ["siamese-network"]),
        .executable(name: "super-resolution", targets: ["super-resolution"]),
        .executable(name: "time-sequence", targets: ["time-sequence"]),
        .executable(name: "cart-pole", targets: ["cart-pole"]),
        .executable(name: "gcn", targets: ["gcn"]),
        .executable(name: "gat", targets: ["gat"]),
        .executable(name: "imdb", targets: ["imdb"]),
        .executable(name: "word-language-model", targets: ["word-language-model"]),
        .executable(name: "gpt", targets: ["gpt"]),
        .executable(name: "embed", targets: ["embed"])
    ],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.6.0"),
        .package(url: "https://github.com/apple/swift-numerics", from: "1.0.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.0.0")
    ],
    targets: [
        // The kernels' headers. Torch depends on them alone, and whatever links Torch also on `CTorchKernelSources`: a
        // Swift module is compiled only after the C files that it depends on, and these take minutes. Of what is ready
        // the build takes the last name first, so the modules that Torch needs come before these files.
        .target(name: "CTorchKernels", path: "Sources/CTorchKernels/include", publicHeadersPath: "."),
        .target(
            name: "CTorchKernelSources", dependencies: ["CTorchKernels"], path: "Sources/CTorchKernels",
            exclude: ["cuda", "include"],
            linkerSettings: [
                .linkedLibrary("dnnl"), .linkedLibrary("sleef"), .linkedLibrary("gomp")
            ]
        ),
        .target(name: "Locks"),
        .systemLibrary(name: "CZip", pkgConfig: "libzip", providers: [.apt(["libzip-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .target(
            name: "Torch",
            dependencies: [
                "CTorchKernels", "CZip", "CZlib", "Locks", .product(name: "Logging", package: "swift-log"),
                .product(name: "ComplexModule", package: "swift-numerics"),
                .product(name: "RealModule", package: "swift-numerics")
            ]),
        .systemLibrary(name: "CSnappy", providers: [.apt(["libsnappy-dev"])]),
        .systemLibrary(name: "CBrotli", pkgConfig: "libbrotlidec", providers: [.apt(["libbrotli-dev"])]),
        .systemLibrary(name: "CLZ4", pkgConfig: "liblz4", providers: [.apt(["liblz4-dev"])]),
        .systemLibrary(name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"])]),
        // Libcurl is loaded at run time, so there is nothing to link.
        .systemLibrary(name: "CCurl"),
        .target(
            name: "TorchFiles",
            dependencies: ["Torch", "CTorchKernelSources", "CCurl", "CTorchKernels", "CZlib", "Locks"]),
        .target(
            name: "CImages",
            linkerSettings: [.linkedLibrary("jpeg"), .linkedLibrary("png"), .linkedLibrary("webp")]
        ),
        .target(name: "TorchVision", dependencies: ["Torch", "TorchFiles", "CImages", "Locks"]),
        .target(
            name: "TorchText",
            dependencies: [
                "Torch", "TorchFiles", "Locks", "CBrotli", "CLZ4", "CSnappy", "CZlib", "CZstd",
                .product(name: "Yams", package: "Yams")
            ]),
        .target(name: "TorchBoard", dependencies: ["Torch", "TorchFiles", "Locks"]),
        .target(name: "TorchMetrics", dependencies: ["Torch", "CTorchKernelSources"]),
        .target(name: "TorchPlot", dependencies: ["Torch", "TorchFiles"]),
        .target(name: "TorchPython", dependencies: ["Torch", "CTorchKernelSources"]),
        // MPI is loaded at run time, so there is nothing to link. The half types are converted as the kernels do it.
        .target(
            name: "CMPI",
            cSettings: [.headerSearchPath("../CTorchKernels"), .headerSearchPath("../CTorchKernels/include")]),
        .target(name: "CNCCL"),
        .target(name: "TorchDistributed", dependencies: ["Torch", "CTorchKernelSources", "CMPI", "CNCCL", "Locks"]),
        .target(
            name: "ExampleShared",
            dependencies: [
                "Torch", "TorchDistributed", "CTorchKernelSources",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/Shared"),
        .executableTarget(
            name: "fashion-mnist",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/fashion-mnist"
        ),
        .executableTarget(
            name: "mnist",
            dependencies: [
                "Torch", "TorchMetrics", "TorchPlot", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/mnist"
        ),
        .executableTarget(
            name: "dcgan",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/dcgan"
        ),
        .executableTarget(
            name: "imagenet",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/imagenet"
        ),
        .executableTarget(
            name: "vae",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/vae"
        ),
        .executableTarget(
            name: "siamese-network",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/siamese-network"
        ),
        .executableTarget(
            name: "super-resolution",
            dependencies: [
                "Torch", "TorchVision", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/super-resolution"
        ),
        .executableTarget(
            name: "time-sequence",
            dependencies: [
                "Torch", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/time-sequence"
        ),
        .executableTarget(
            name: "cart-pole",
            dependencies: [
                "Torch", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/cart-pole"
        ),
        .executableTarget(
            name: "gcn",
            dependencies: [
                "Torch", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/gcn"
        ),
        .executableTarget(
            name: "gat",
            dependencies: [
                "Torch", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/gat"
        ),
        .executableTarget(
            name: "word-language-model",
            dependencies: [
                "Torch", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/word-language-model"
        ),
        .executableTarget(
            name: "gpt",
            dependencies: [
                "Torch", "TorchDistributed", "TorchText", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/gpt"
        ),
        .executableTarget(
            name: "embed",
            dependencies: [
                "Torch", "TorchText", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/embed"
        ),
        .executableTarget(
            name: "imdb",
            dependencies: [
                "Torch", "TorchText", "ExampleShared",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ],
            path: "Examples/imdb"
        ),
        .executableTarget(
            name: "conformance",
            dependencies: [
                "Torch", "CTorchKernelSources", "CTorchKernels", "Locks",
                .product(name: "ArgumentParser", package: "swift-argument-parser")
            ], path: "Conformance/Runner"),
        .executableTarget(
            name: "bench", dependencies: ["Torch", "TorchVision", "TorchText"], path: "Benchmarks/Bench"),
        .executableTarget(name: "bench-text", dependencies: ["Torch", "TorchText"], path: "Benchmarks/Text"),
        .executableTarget(
            name: "cuda-check", dependencies: ["Torch", "CTorchKernelSources"], path: "Benchmarks/CUDA",
            exclude: ["draws.py", "speed.py"]),
        .executableTarget(
            name: "hello-tensor", dependencies: ["Torch", "CTorchKernelSources"], path: "Benchmarks/HelloTensor"),
        .testTarget(
            name: "TorchTests", dependencies: ["Torch", "CTorchKernelSources", "CTorchKernels", "Locks"],
            exclude: ["Fixtures"], swiftSettings: builtFast),
        .target(name: "LoopbackServer", dependencies: ["Locks"], path: "Tests/LoopbackServer"),
        .testTarget(
            name: "TorchVisionTests", dependencies: ["TorchVision", "TorchFiles", "LoopbackServer", "CImages"],
            exclude: ["Fixtures"], swiftSettings: builtFast),
        .target(name: "HubServer", dependencies: ["LoopbackServer", "TorchFiles", "Locks"], path: "Tests/HubServer"),
        .executableTarget(name: "hub-download", dependencies: ["TorchText"], path: "Tests/HubDownload"),
        .testTarget(
            name: "TorchTextTests",
            dependencies: ["TorchText", "TorchFiles", "HubServer", "LoopbackServer", "Locks", "hub-download"],
            exclude: ["Fixtures"], swiftSettings: builtFast),
        .executableTarget(name: "board-writer", dependencies: ["Torch", "TorchBoard"], path: "Tests/BoardWriter"),
        .testTarget(
            name: "TorchBoardTests", dependencies: ["TorchBoard", "TorchVision", "board-writer"],
            exclude: ["Fixtures"], swiftSettings: builtFast),
        .testTarget(
            name: "TorchMetricsTests", dependencies: ["TorchMetrics", "Locks"], exclude: ["Fixtures"],
            swiftSettings: builtFast),
        .testTarget(
            name: "TorchPlotTests", dependencies: ["TorchPlot"], exclude: ["Fixtures"], swiftSettings: builtFast),
        .testTarget(name: "TorchPythonTests", dependencies: ["TorchPython"], swiftSettings: builtFast),
        .executableTarget(
            name: "distributed-test", dependencies: ["Torch", "TorchDistributed"], path: "Tests/Distributed",
            exclude: ["run.sh", "ddp.json", "fsdp.json", "record-ddp.py", "record-dcp.py", "record-fsdp.py", "Fixtures"]
        ),
        // The code of the guides' pages. Scripts/guides.py writes it, and compares what it prints with the pages.
        .executableTarget(name: "guides", dependencies: ["Torch", "TorchPlot", "TorchVision"], path: "Tests/Guides"),
        .testTarget(
            name: "ExampleTests", dependencies: ["Torch", "TorchVision"], exclude: ["expected.out", "sonnets.txt"],
            swiftSettings: builtFast)
    ],
    swiftLanguageModes: [.v6]
)
