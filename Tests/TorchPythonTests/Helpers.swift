import Foundation
import Testing

/// Whether this machine has a Python with NumPy. If it has one, a failed import of NumPy is a test failure.
let hasNumPy = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":").contains { directory in
    let python = Process()
    python.executableURL = URL(fileURLWithPath: "\(directory)/python3")
    python.arguments = ["-c", "import numpy"]
    python.standardError = FileHandle.nullDevice
    guard (try? python.run()) != nil else { return false }
    python.waitUntilExit()
    return python.terminationStatus == 0
}

extension Trait where Self == ConditionTrait {
    static var needsNumPy: ConditionTrait {
        .enabled(if: hasNumPy, "no python3 on the PATH has NumPy: apt-get install python3-numpy")
    }
}
