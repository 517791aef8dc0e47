import CTorchKernels
import Foundation

/// The calls that a thread was in. To keep them is cheap; to name them takes reading symbol tables.
struct CallStack: Sendable {
    /// The return addresses, the innermost first.
    private let addresses: [UInt]

    /// One call.
    struct Frame: CustomStringConvertible {
        /// The function; empty if it is not known.
        var name = ""
        /// The file that its code is from, and the place there.
        var image = "?", offset: UInt = 0

        var description: String {
            let place = "\(image)+0x\(String(offset, radix: 16))"
            return name.isEmpty ? place : "\(name) (\(place))"
        }
    }

    /// Keeps the innermost calls of this thread, at most 256.
    init() {
        addresses = withUnsafeTemporaryAllocation(of: UInt.self, capacity: 256) {
            Array($0.prefix(st_call_stack($0.baseAddress!, $0.count)))
        }
    }

    private init(addresses: [UInt]) { self.addresses = addresses }

    /// Returns the calls of each stack. It reads each symbol table once for all stacks.
    static func frames(of stacks: [CallStack]) -> [[Frame]] {
        let known = Array(Set(stacks.flatMap(\.addresses)))
        let frames = Dictionary(uniqueKeysWithValues: zip(known, CallStack(addresses: known).frames))
        return stacks.map { $0.addresses.map { frames[$0] ?? Frame() } }
    }

    /// The calls with the names of their functions, the innermost first.
    var frames: [Frame] {
        var frames: [Frame] = []
        var places: [String: [Int]] = [:]
        var starts: [String: UInt] = [:]
        for (i, address) in addresses.enumerated() {
            var image = st_image()
            // A return address is behind the call, which may be the function's last instruction.
            guard st_find_image(address - 1, &image), let path = image.path.map({ String(cString: $0) }) else {
                frames.append(Frame(offset: address - 1))
                continue
            }
            frames.append(
                Frame(
                    name: image.symbol.map { CallStack.demangled(String(cString: $0)) } ?? "",
                    image: path.parts(aroundLast: "/")?.behind ?? path, offset: address - 1 - image.base))
            let file = image.is_program ? "/proc/self/exe" : path
            places[file, default: []].append(i)
            starts[file] = image.base
        }
        for (file, indices) in places {
            guard let start = starts[file], let table = try? SymbolTable(path: file, mappedAt: start) else { continue }
            for (i, name) in zip(indices, table.names(at: indices.map { addresses[$0] - 1 })) {
                if let name { frames[i].name = CallStack.demangled(name) }
            }
        }
        return frames
    }

    /// Returns the calls outside of the code that kept the stack.
    /// - Parameters:
    ///   - keepers: parts of names that only calls inside of it have. Others may lie between them.
    ///   - recorders: parts of names of the calls next to them, which are left out too.
    static func calls(_ frames: [Frame], outside keepers: [String], _ recorders: [String]) -> ArraySlice<Frame> {
        func has(_ frame: Frame, _ parts: [String]) -> Bool { parts.contains { frame.name.contains($0) } }
        let last = frames.lastIndex { has($0, keepers) } ?? -1
        return frames[(last + 1)...].drop { has($0, recorders) }
    }

    private static func demangled(_ symbol: String) -> String {
        guard let text = swiftDemangle(symbol, UInt(symbol.utf8.count), nil, nil, 0) else { return symbol }
        defer { free(text) }
        // A private function has a mark of its file: `Net.(attend in _A104A14469EEA4490B4C4AA2B9E5E1EB)(Tensor)`.
        return String(cString: text).replacing(/\(([^() ]+) in _[0-9A-F]{32}\)/) { String($0.output.1) }
    }
}

/// Swift's runtime has this function. Returns NULL if the symbol is not Swift's; the caller frees the text.
@_silgen_name("swift_demangle")
private func swiftDemangle(
    _ symbol: UnsafePointer<CChar>?, _ length: UInt, _ buffer: UnsafeMutablePointer<CChar>?,
    _ size: UnsafeMutablePointer<UInt>?, _ flags: UInt32
) -> UnsafeMutablePointer<CChar>?

/// The symbol table of an ELF file of 64 bits, with the functions that the file does not export too.
private struct SymbolTable {
    private let file: InputFile
    /// What is added to a symbol's value to get its address.
    private let start: UInt
    /// The entries, 24 bytes each, and where the file has the names.
    private var symbols: [UInt8] = []
    private var names = 0..<0

    /// Reads the table of a file that is mapped at an address. A stripped file has an empty one.
    init(path: String, mappedAt base: UInt) throws {
        file = try InputFile(path: path)
        let header = try file.bytes(at: 0, count: 64)
        // 64 bits, little-endian.
        guard header[0..<6] == [0x7f, 0x45, 0x4c, 0x46, 2, 1] else { throw file.error("not an ELF file") }
        let isMovable = header.littleEndian(16, as: UInt16.self) == 3
        start = isMovable ? base : 0
        let size = Int(header.littleEndian(58, as: UInt16.self)), count = Int(header.littleEndian(60, as: UInt16.self))
        guard size >= 64, count > 0 else { return }
        let sections = try file.bytes(at: Int(clamping: header.littleEndian(40, as: UInt64.self)), count: size * count)
        func range(_ section: Int) -> Range<Int>? {
            let offset = Int(clamping: sections.littleEndian(section * size + 24, as: UInt64.self))
            let (end, overflow) = offset.addingReportingOverflow(
                Int(clamping: sections.littleEndian(section * size + 32, as: UInt64.self)))
            return overflow || end > file.size ? nil : offset..<end
        }
        for section in 0..<count where sections.littleEndian(section * size + 4, as: UInt32.self) == 2 {
            let text = Int(sections.littleEndian(section * size + 40, as: UInt32.self))
            guard let entries = range(section), text < count, let names = range(text) else { continue }
            symbols = try file.bytes(at: entries.lowerBound, count: entries.count)
            self.names = names
        }
    }

    /// Returns the functions that addresses lie in; nil for those in none.
    func names(at addresses: [UInt]) -> [String?] {
        let order = addresses.indices.sorted { addresses[$0] < addresses[$1] }
        var result = [String?](repeating: nil, count: addresses.count)
        guard let first = order.first, let last = order.last else { return result }
        for entry in stride(from: 0, to: symbols.count - 23, by: 24) where symbols[entry + 4] & 15 == 2 {
            let begin = start &+ UInt(symbols.littleEndian(entry + 8, as: UInt64.self))
            if begin > addresses[last] { continue }
            let end = begin &+ UInt(symbols.littleEndian(entry + 16, as: UInt64.self))
            if end <= addresses[first] { continue }
            for i in order where result[i] == nil && addresses[i] >= begin && addresses[i] < end {
                result[i] = name(at: Int(symbols.littleEndian(entry, as: UInt32.self)))
            }
        }
        return result
    }

    private func name(at offset: Int) -> String? {
        guard offset < names.count else { return nil }
        let begin = names.lowerBound + offset
        // Longer names are cut.
        let bytes = try? file.bytes(at: begin, count: min(names.upperBound - begin, 4096))
        return bytes.map { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }
}
