import Testing
@testable import TorchPython

/// Whether this machine has a Python with NumPy at all; where it has, a NumPy that cannot be imported is a failure.
let hasNumPy = PythonLibrary.interpreters().contains(where: \.hasNumPy)

extension Trait where Self == ConditionTrait {
    static var needsNumPy: ConditionTrait { .enabled(if: hasNumPy, "no python3 on the PATH has NumPy: apt-get install python3-numpy") }
}
