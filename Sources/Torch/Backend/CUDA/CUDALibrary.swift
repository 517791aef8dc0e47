#if canImport(Glibc)
import Glibc
#elseif canImport(Musl)
import Musl
#else
import Darwin
#endif

/// An NVIDIA library that is loaded at run time, so a program builds and runs without CUDA.
struct CUDALibrary: @unchecked Sendable {
    let path: String
    let version: Int
    private let handle: UnsafeMutableRawPointer

    enum Name: String, CaseIterable, Sendable {
        case driver = "libcuda", nvrtc = "libnvrtc", cublas = "libcublas", cublasLt = "libcublasLt", cudnn = "libcudnn",
            nccl = "libnccl"

        /// The supported versions, newest first.
        var versions: [Int] {
            switch self {
            case .driver: [1]
            case .cudnn: [9]
            case .nccl: [2]
            case .nvrtc, .cublas, .cublasLt: [13, 12]
            }
        }

        /// Its folders in Python wheels, relative to `site-packages/nvidia`.
        var wheels: [String] {
            switch self {
            case .driver: []
            case .nvrtc: ["cu13", "cuda_nvrtc"]
            case .cublas, .cublasLt: ["cu13", "cublas"]
            case .cudnn: ["cudnn"]
            case .nccl: ["nccl"]
            }
        }
    }

    /// Finds and loads a library.
    /// - Throws: `TorchError` that lists the places searched, or explains why the library could not be loaded.
    init(_ name: Name, environment: [String: String] = CUDALibrary.environment) throws {
        var refusals: [String] = []
        for (version, path) in Self.positions(of: name, environment) {
            if let handle = dlopen(path, RTLD_NOW | RTLD_LOCAL) {
                self.path = path
                self.version = version
                self.handle = handle
                return
            }
            let reason = dlerror().map { String(cString: $0) } ?? ""
            // For a bare name, the loader reports only that it found no file.
            if path.contains("/") || !reason.contains("No such file") { refusals.append(reason) }
        }
        let files = name.versions.map { "\(name.rawValue).so.\($0)" }.joined(separator: " and ")
        let folders = Self.folders(of: name, environment)
        throw TorchError(
            .file,
            refusals.isEmpty
                ? "\(files) not found: neither by the system's loader (LD_LIBRARY_PATH) nor in \(folders.joined(separator: ", "))"
                : "\(files) cannot be loaded: \(refusals.joined(separator: "; "))")
    }

    /// Returns the function with this name. The caller must know its type.
    func function<Function>(_ name: String, as type: Function.Type = Function.self) throws -> Function {
        guard let address = dlsym(handle, name) else { throw TorchError(.file, "\(path) has no function \(name)") }
        return unsafeBitCast(address, to: type)
    }

    static var environment: [String: String] {
        var result: [String: String] = [:]
        for name in ["CUDA_HOME", "CUDA_PATH", "VIRTUAL_ENV", "CONDA_PREFIX", "HOME"] {
            if let value = getenv(name) { result[name] = String(cString: value) }
        }
        return result
    }

    /// Returns the paths to try: first existing files in CUDA_HOME and CUDA_PATH; then, for each version, the bare name
    /// and files in other folders.
    private static func positions(of name: Name, _ environment: [String: String]) -> [(version: Int, path: String)] {
        let chosen = [environment["CUDA_HOME"], environment["CUDA_PATH"]].compactMap { $0 }.filter { !$0.isEmpty }
        var onPurpose: [(version: Int, path: String)] = [], elsewhere = onPurpose
        for version in name.versions {
            let file = "\(name.rawValue).so.\(version)"
            elsewhere.append((version, file))
            for path in folders(of: name, environment).flatMap({ matches("\($0)/\(file)") }) {
                if chosen.contains(where: { path.hasPrefix($0 + "/") }) {
                    onPurpose.append((version, path))
                } else {
                    elsewhere.append((version, path))
                }
            }
        }
        return onPurpose + elsewhere
    }

    /// Returns patterns of the folders that usually contain the library.
    static func folders(of name: Name, _ environment: [String: String]) -> [String] {
        if name == .driver {
            return ["/usr/lib/wsl/lib", "/usr/local/nvidia/lib64", "/usr/lib/x86_64-linux-gnu", "/usr/lib64"]
        }
        func named(_ names: String...) -> [String] { names.compactMap { environment[$0] }.filter { !$0.isEmpty } }
        let toolkits = named("CUDA_HOME", "CUDA_PATH") + ["/usr/local/cuda", "/usr/local/cuda-1[23]*"]
        let pythons =
            (named("VIRTUAL_ENV", "CONDA_PREFIX") + named("HOME").map { $0 + "/.local" } + ["/usr/local", "/usr"])
            .flatMap { ["\($0)/lib/python3*/site-packages", "\($0)/lib/python3*/dist-packages"] }
        return toolkits.flatMap { ["\($0)/lib64", "\($0)/lib"] } + named("CONDA_PREFIX").map { $0 + "/lib" }
            + pythons.flatMap { python in name.wheels.map { "\(python)/nvidia/\($0)/lib" } }
    }

    private static func matches(_ pattern: String) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        guard glob(pattern, 0, nil, &found) == 0 else { return [] }
        return (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
    }
}

extension cuda {
    /// Returns the path of NVIDIA's library of collectives.
    /// - Throws: `TorchError` that lists the places searched.
    package static func pathOfNCCL() throws -> String { try CUDALibrary(.nccl).path }
}
