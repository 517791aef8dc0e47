import Foundation
import Testing
@testable import Torch

@Suite struct DecimalTexts {
    /// What C's printf writes in the C locale.
    private static func expectPoints(sourceLocation: SourceLocation = #_sourceLocation) {
        #expect(DecimalText.fixed(1234.5, 2) == "1234.50", sourceLocation: sourceLocation)
        #expect(DecimalText.fixed(-0.125, 0) == "-0", sourceLocation: sourceLocation)
        #expect(DecimalText.scientific(1.5e-20, 3) == "1.500e-20", sourceLocation: sourceLocation)
        #expect(DecimalText.general(1.5e-20, 10) == "1.5e-20", sourceLocation: sourceLocation)
        #expect(DecimalText.general(2.5e17, 10) == "2.5e+17", sourceLocation: sourceLocation)
        #expect(DecimalText.fixed(.greatestFiniteMagnitude, 1).utf8.count == 311, sourceLocation: sourceLocation)
        #expect("\(Tensor([0.5, 2.25]))" == "tensor([0.5000, 2.2500])", sourceLocation: sourceLocation)
    }

    @Test func ofC() { DecimalTexts.expectPoints() }

    /// Neither texts nor files follow a locale whose decimal separator is a comma.
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
        // The thread's locale: other tests keep theirs.
        let before = uselocale(german)
        defer {
            uselocale(before)
            freelocale(german)
        }
        var text = [CChar](repeating: 0, count: 16)
        _ = withVaList([1.5]) { vsnprintf(&text, 16, "%.1f", $0) }
        #expect(text.starts(with: [0x31, 0x2c, 0x35]), "the locale has a comma")
        DecimalTexts.expectPoints()
        try saveSafetensors(["a": Tensor([1.5])], to: folder.path + "a.safetensors")
        expectEqual(try loadSafetensors(folder.path + "a.safetensors")["a"], Tensor([1.5]))
        try saveNpy(Tensor([1.5]), to: folder.path + "a.npy")
        expectEqual(try loadNpy(folder.path + "a.npy"), Tensor([1.5]))
        #endif
    }
}
