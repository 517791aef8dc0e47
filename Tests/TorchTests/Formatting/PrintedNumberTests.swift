import Foundation
import Testing
@testable import Torch

@Suite struct PrintedNumbers {
    /// Checks numbers against C's printf in the C locale.
    private static func expectPoints(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(PrintedNumber.of(1234.5, "%.*f", 2) == "1234.50", sourceLocation: sourceLocation)
        #expect(PrintedNumber.of(-0.125, "%.*f", 0) == "-0", sourceLocation: sourceLocation)
        #expect(PrintedNumber.of(1.5e-20, "%.*e", 3) == "1.500e-20", sourceLocation: sourceLocation)
        #expect(PrintedNumber.of(1.5e-20, "%.*g", 10) == "1.5e-20", sourceLocation: sourceLocation)
        #expect(PrintedNumber.of(2.5e17, "%.*g", 10) == "2.5e+17", sourceLocation: sourceLocation)
        #expect(PrintedNumber.of(.greatestFiniteMagnitude, "%.*f", 1).utf8.count == 311, sourceLocation: sourceLocation)
        #expect("\(Tensor([0.5, 2.25]))" == "tensor([0.5000, 2.2500])", sourceLocation: sourceLocation)
    }

    @Test func ofC() { PrintedNumbers.expectPoints() }

    /// Text and files do not depend on a locale with a decimal comma.
    @Test func withACommaInTheLocale() throws {
        #if os(Linux)
        let folder = TemporaryFolder()
        let localedef = Process()
        localedef.executableURL = URL(fileURLWithPath: "/usr/bin/localedef")
        localedef.arguments = ["-i", "de_DE", "-f", "UTF-8", folder.path + "de_DE.UTF-8"]
        localedef.standardError = FileHandle.nullDevice
        guard (try? localedef.run()) != nil else { return }
        localedef.waitUntilExit()
        setenv("LOCPATH", folder.path, 1)
        let german = newlocale(CInt(1) << CInt(LC_NUMERIC), "de_DE.UTF-8", nil)
        unsetenv("LOCPATH")
        guard let german else { return }
        // Only this thread's locale changes. Other tests keep theirs.
        let before = uselocale(german)
        defer {
            uselocale(before)
            freelocale(german)
        }
        var text = [CChar](repeating: 0, count: 16)
        _ = withVaList([1.5]) { vsnprintf(&text, 16, "%.1f", $0) }
        #expect(text.starts(with: [0x31, 0x2c, 0x35]), "the locale has a comma")
        PrintedNumbers.expectPoints()
        try saveSafetensors(["a": Tensor([1.5])], to: folder.path + "a.safetensors")
        expectEqual(try loadSafetensors(folder.path + "a.safetensors")["a"], Tensor([1.5]))
        try saveNpy(Tensor([1.5]), to: folder.path + "a.npy")
        expectEqual(try loadNpy(folder.path + "a.npy"), Tensor([1.5]))
        #endif
    }
}
