import Foundation
import Locks

/// Unicode's four normal forms, with the origin of each character.
///
/// The standard library and Foundation only normalize whole strings, but a tokenizer must know where each character
/// comes from. So the algorithm (Unicode Standard Annex 15) is implemented here, and its tables come from Foundation,
/// one character at a time.
enum UnicodeForm: Sendable {
    case nfc, nfd, nfkc, nfkd

    private var composes: Bool { self == .nfc || self == .nfkc }
    private var isCompatible: Bool { self == .nfkc || self == .nfkd }

    func apply(_ letters: [Letter]) -> [Letter] {
        // A text of characters below U+00A0 does not decompose. A text of characters below U+0300 is already composed.
        let stable: UInt32 = self == .nfc ? 0x300 : 0xA0
        if letters.allSatisfy({ $0.code < stable }) { return letters }
        return Self.tables.withLock { tables in
            let decomposed = decompose(letters, &tables)
            return letters.transformed(composes ? Self.compose(decomposed, &tables) : decomposed)
        }
    }

    private typealias Change = (code: UInt32, change: Int)

    /// A cache of Foundation's answers.
    private struct Tables {
        var canonical: [UInt32: [UInt32]] = [:]
        var compatible: [UInt32: [UInt32]] = [:]
        /// 0 if a pair does not compose.
        var compositions: [UInt64: UInt32] = [:]
    }

    private static let tables = Mutex(Tables())

    private func decompose(_ letters: [Letter], _ tables: inout Tables) -> [Change] {
        var result: [Change] = []
        result.reserveCapacity(letters.count + 8)
        var ordered = 0
        func order() {
            // Sorts consecutive marks stably by their combining class.
            guard result.count - ordered > 1 else { return }
            let marks = result[ordered...].enumerated().sorted { one, other in
                let (a, b) = (Self.combiningClass(one.element.code), Self.combiningClass(other.element.code))
                return a == b ? one.offset < other.offset : a < b
            }
            result.replaceSubrange(ordered..., with: marks.map(\.element))
        }
        func add(_ code: UInt32, _ change: Int) {
            if Self.combiningClass(code) == 0 {
                order()
                result.append((code, change))
                ordered = result.count
            } else {
                result.append((code, change))
            }
        }
        for letter in letters {
            if letter.code < 0xA0 {
                add(letter.code, 0)
            } else {
                for (position, code) in Self.decomposition(letter.code, compatible: isCompatible, &tables).enumerated()
                {
                    add(code, position == 0 ? 0 : 1)
                }
            }
        }
        order()
        return result
    }

    private static func compose(_ changes: [Change], _ tables: inout Tables) -> [Change] {
        var result: [Change] = []
        result.reserveCapacity(changes.count)
        var starter: Int?
        var lastClass: Int?
        for (code, change) in changes {
            let ownClass = combiningClass(code)
            if let position = starter, lastClass == nil || lastClass! < ownClass,
                let composed = composition(result[position].code, code, &tables)
            {
                result[position] = (composed, result[position].change + change - 1)
                continue
            }
            result.append((code, change))
            if ownClass == 0 {
                starter = result.count - 1
                lastClass = nil
            } else {
                lastClass = ownClass
            }
        }
        return result
    }

    private static func combiningClass(_ code: UInt32) -> Int {
        code < 0x300 || !CharacterClass.of(code).contains(.normalizes)
            ? 0 : Int(Unicode.Scalar(code)!.properties.canonicalCombiningClass.rawValue)
    }

    private static func decomposition(_ code: UInt32, compatible: Bool, _ tables: inout Tables) -> [UInt32] {
        if (0xAC00..<0xAC00 + 11172).contains(code) {
            let index = code - 0xAC00
            let (lead, vowel, trail) = (0x1100 + index / 588, 0x1161 + index % 588 / 28, 0x11A7 + index % 28)
            return trail == 0x11A7 ? [lead, vowel] : [lead, vowel, trail]
        }
        guard CharacterClass.of(code).contains(.normalizes) else { return [code] }
        if let known = compatible ? tables.compatible[code] : tables.canonical[code] { return known }
        let text = String(Unicode.Scalar(code)!)
        let scalars =
            (compatible ? text.decomposedStringWithCompatibilityMapping : text.decomposedStringWithCanonicalMapping)
            .unicodeScalars.map(\.value)
        if compatible { tables.compatible[code] = scalars } else { tables.canonical[code] = scalars }
        return scalars
    }

    private static func composition(_ first: UInt32, _ second: UInt32, _ tables: inout Tables) -> UInt32? {
        if (0x1100..<0x1113).contains(first), (0x1161..<0x1176).contains(second) {
            return 0xAC00 + ((first - 0x1100) * 21 + second - 0x1161) * 28
        }
        if (0xAC00..<0xAC00 + 11172).contains(first), (first - 0xAC00) % 28 == 0, (0x11A8..<0x11C3).contains(second) {
            return first + second - 0x11A7
        }
        // Foundation does not have this composition.
        if first == 0xCCA, second == 0xCD5 { return 0xCCB }
        // Only marks are composed with the character before them.
        guard CharacterClass.of(second).isSuperset(of: [.mark, .normalizes]),
            CharacterClass.of(first).contains(.normalizes)
        else { return nil }
        let key = UInt64(first) << 32 | UInt64(second)
        if let known = tables.compositions[key] { return known == 0 ? nil : known }
        var pair = String.UnicodeScalarView()
        pair.append(Unicode.Scalar(first)!)
        pair.append(Unicode.Scalar(second)!)
        let composed = String(pair).precomposedStringWithCanonicalMapping.unicodeScalars
        let scalar = composed.count == 1 ? composed.first!.value : 0
        tables.compositions[key] = scalar
        return scalar == 0 ? nil : scalar
    }
}
