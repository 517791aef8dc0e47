// swift-tools-version: 6.2
import PackageDescription

// A package of its own, so that the library's package does not depend on a web server.
let package = Package(
    name: "server",
    products: [.executable(name: "server", targets: ["server"])],
    dependencies: [
        .package(name: "swift-torch", path: "../.."),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.5.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.14.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-nio-extras", from: "1.34.1"),
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0", traits: [])
    ],
    targets: [
        .target(
            name: "ImageServer",
            dependencies: [
                .product(name: "Torch", package: "swift-torch"),
                .product(name: "TorchVision", package: "swift-torch"),
                .product(name: "HTTPTypes", package: "swift-http-types"),
                .product(name: "Hummingbird", package: "hummingbird"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "NIOCore", package: "swift-nio"),
                .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
                .product(name: "NIOPosix", package: "swift-nio")
            ]),
        .executableTarget(
            name: "server",
            dependencies: [
                "ImageServer",
                .product(name: "ArgumentParser", package: "swift-argument-parser"),
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Torch", package: "swift-torch"),
                .product(name: "TorchVision", package: "swift-torch")
            ]),
        .testTarget(
            name: "ImageServerTests",
            dependencies: [
                "ImageServer", "server",
                .product(name: "Logging", package: "swift-log"),
                .product(name: "Torch", package: "swift-torch"),
                .product(name: "TorchVision", package: "swift-torch")
            ],
            resources: [.copy("Fixtures")])
    ]
)
