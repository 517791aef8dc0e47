/// The text of a progress bar at one moment. tqdm: `tqdm.format_meter`.
struct ProgressMeter {
    var n: Int
    var total: Int?
    /// The seconds since the start.
    var elapsed: Double
    /// Items per second; nil for the average since the start.
    var rate: Double?
    var initial = 0
    var desc = ""
    var postfix = ""
    var unit = "it"
    var unitScale = false
    var unitDivisor = 1000.0
    /// The columns for the text; nil for a bar of ten columns and a text of any width, 0 for no bar.
    var ncols: Int?
    var ascii = false

    var text: String {
        // More items than announced: the total means nothing.
        let total = total.flatMap { $0 == 0 || n > $0 ? nil : $0 }
        let rate = (rate ?? (elapsed == 0 ? nil : (Double(n) - Double(initial)) / elapsed)).flatMap {
            $0 == 0 ? nil : $0
        }
        let postfix = postfix.isEmpty ? "" : ", " + postfix
        let prefix = desc.isEmpty || desc.hasSuffix(": ") ? desc : desc + ": "
        guard let total else {
            return trim("\(prefix)\(count(n))\(unit) [\(ProgressMeter.clock(elapsed)), \(speed(rate))\(postfix)]")
        }
        let remaining = rate.map { ProgressMeter.clock((Double(total) - Double(n)) / $0) } ?? "?"
        let fraction = Double(n) / Double(total)
        let left = "\(prefix)\(fraction * 100, "3.0f")%"
        let right =
            " \(count(n))/\(count(total)) [\(ProgressMeter.clock(elapsed))<\(remaining), \(speed(rate))\(postfix)]"
        if ncols == 0 { return left + right }
        let room = ncols.map { max(1, $0 - DisplayWidth.of(left + right) - 2) } ?? 10
        return trim("\(left)|\(bar(fraction, room))|\(right)")
    }

    private func trim(_ text: String) -> String {
        guard let ncols, ncols > 0 else { return text }
        return DisplayWidth.trim(text, to: ncols)
    }

    private func count(_ n: Int) -> String {
        unitScale ? ProgressMeter.scaled(Double(n), divisor: unitDivisor) : String(n)
    }

    private func speed(_ rate: Double?) -> String {
        guard let rate else { return "?\(unit)/s" }
        func number(_ x: Double) -> String { unitScale ? ProgressMeter.scaled(x) : format(x, "5.2f") }
        return 1 / rate > 1 ? "\(number(1 / rate))s/\(unit)" : "\(number(rate))\(unit)/s"
    }

    private func bar(_ fraction: Double, _ width: Int) -> String {
        let symbols: [Character] = ascii ? Array(" 123456789#") : Array(" ▏▎▍▌▋▊▉█")
        let steps = symbols.count - 1
        // The width is at most that of a terminal, so the product is small.
        let filled = Int(min(1, max(0, fraction)) * Double(width) * Double(steps))
        let whole = filled / steps
        var bar = String(repeating: symbols[steps], count: whole)
        if whole < width {
            bar.append(symbols[filled % steps])
            bar += String(repeating: symbols[0], count: width - whole - 1)
        }
        return bar
    }

    /// Returns seconds as `[H:]MM:SS`.
    static func clock(_ seconds: Double) -> String {
        guard !seconds.isNaN else { return "00:00" }
        let whole = Int(max(-9e18, min(9e18, seconds)))
        let (minutes, s) = whole.magnitude.quotientAndRemainder(dividingBy: 60)
        let (h, m) = minutes.quotientAndRemainder(dividingBy: 60)
        return (seconds < 0 ? "-" : "") + (h > 0 ? "\(h):" : "") + "\(m, "02d"):\(s, "02d")"
    }

    /// Returns a number with three digits and a prefix such as k or M. tqdm: `format_sizeof`.
    static func scaled(_ number: Double, divisor: Double = 1000) -> String {
        var number = number
        for prefix in ["", "k", "M", "G", "T", "P", "E", "Z"] {
            if abs(number) < 999.5 {
                let spec = abs(number) < 9.995 ? "1.2f" : abs(number) < 99.95 ? "2.1f" : "3.0f"
                return format(number, spec) + prefix
            }
            number /= divisor
        }
        return format(number, "3.1f") + "Y"
    }

    /// Returns a number in at most three significant digits if that is shorter. tqdm: `format_num`.
    static func number(_ value: some Formattable) -> String {
        let short = format(value, ".3g").replacing("e+0", with: "e+").replacing("e-0", with: "e-")
        let long = format(value)
        return short.utf8.count < long.utf8.count ? short : long
    }
}
