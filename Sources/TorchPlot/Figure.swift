import Torch
import TorchFiles

/// A picture of one plot or of several in a grid. matplotlib: `Figure`.
///
/// ```swift
/// let (figure, ax) = subplots()
/// ax.plot(epochs, train, label: "train")
/// ax.plot(epochs, test, label: "test", linestyle: .dashed)
/// ax.setXLabel("epoch")
/// ax.setYLabel("loss")
/// ax.legend()
/// try figure.save("loss.svg")
/// ```
///
/// Room for ticks, names and titles is found by itself. A figure is for one thread.
public final class Figure {
    /// The width and height in inches. matplotlib: `figsize`.
    public let figsize: (width: Double, height: Double)
    /// The pixels an inch of a PNG file.
    public let dpi: Double
    /// The plots in the order in which they were added.
    public private(set) var axes: [Axes] = []
    private var title = ""

    /// Creates a figure without plots.
    /// - Parameters:
    ///   - figsize: the width and height in inches.
    ///   - dpi: the pixels an inch of a PNG file.
    /// - Precondition: all are positive, and the picture has at most 2^26 pixels.
    public init(figsize: (width: Double, height: Double) = (6.4, 4.8), dpi: Double = 150) {
        if Figure.isPossible(figsize, dpi) {
            self.figsize = figsize
            self.dpi = dpi
        } else {
            raise(.value, "\(figsize) inches at \(dpi) pixels an inch: must be 1 to 2^26 pixels")
            self.figsize = (6.4, 4.8)
            self.dpi = 150
        }
    }

    private static func isPossible(_ size: (width: Double, height: Double), _ dpi: Double) -> Bool {
        size.width > 0 && size.height > 0 && dpi > 0 && size.width * size.height < 1e6 && dpi < 1e5
            && (size.width * dpi).rounded() >= 1 && (size.height * dpi).rounded() >= 1
            && size.width * size.height * dpi * dpi <= Double(1 << 26)
    }

    /// Adds a plot at a place of a grid. matplotlib: `add_subplot`.
    /// - Parameters:
    ///   - nrows: the number of rows of the grid.
    ///   - ncols: the number of its columns.
    ///   - index: the place, counted from 1, row by row.
    /// - Precondition: the grid has such a place.
    @discardableResult
    public func addSubplot(_ nrows: Int = 1, _ ncols: Int = 1, _ index: Int = 1) -> Axes {
        var (rows, columns, place) = (nrows, ncols, index)
        if nrows < 1 || ncols < 1 || nrows > 1000 || ncols > 1000 {
            raise(.value, "Number of rows and columns must be positive integers, not \(nrows) and \(ncols)")
            (rows, columns, place) = (1, 1, 1)
        } else if !(1...nrows * ncols).contains(index) {
            raise(.value, "num must be an integer with 1 <= num <= \(nrows * ncols), not \(index)")
            place = 1
        }
        let added = Axes(grid: (rows, columns), row: (place - 1) / columns, column: (place - 1) % columns)
        axes.append(added)
        return added
    }

    /// Writes a title above all plots. matplotlib: `suptitle`.
    public func suptitle(_ title: String) { self.title = title }

    /// Writes the figure to a file. The name's end chooses the format: .svg or .png. matplotlib: `savefig`.
    /// - Parameters:
    ///   - path: the file.
    ///   - dpi: the pixels an inch of a PNG file; by default those of the figure.
    /// - Throws: `TorchError` if the file cannot be written, if its name ends otherwise, or if the picture is too
    ///   large. Then an older file stays.
    public func save(_ path: String, dpi: Double? = nil) throws {
        let bytes: [UInt8]
        switch path.lowercased() {
        case let name where name.hasSuffix(".svg"): bytes = Array(try svg().utf8)
        case let name where name.hasSuffix(".png"): bytes = try png(dpi: dpi)
        default: throw TorchError(.value, "\(path): unknown file extension: only .svg and .png can be written")
        }
        let file = try OutputFile(path: path)
        try file.write(bytes)
        try file.commit()
    }

    /// Returns the figure as an SVG file.
    /// - Throws: `TorchError` if an image in it is too large for its format.
    public func svg() throws -> String {
        let canvas = SVGCanvas(width: figsize.width * 72, height: figsize.height * 72)
        canvas.fill(Rect(x: 0, y: 0, width: figsize.width * 72, height: figsize.height * 72), "white")
        try draw(on: canvas)
        return canvas.file
    }

    /// Returns the bytes of the figure as a PNG file, such as `SummaryWriter.addFigure` takes.
    /// - Parameter dpi: the pixels an inch; by default those of the figure.
    /// - Throws: `TorchError` if the picture is too large.
    public func png(dpi: Double? = nil) throws -> [UInt8] {
        let dpi = dpi ?? self.dpi
        guard Figure.isPossible(figsize, dpi) else {
            throw TorchError(.value, "\(figsize) inches at \(dpi) pixels an inch: must be 1 to 2^26 pixels")
        }
        let canvas = RasterCanvas(
            width: Int((figsize.width * dpi).rounded()), height: Int((figsize.height * dpi).rounded()),
            scale: dpi / 72)
        try draw(on: canvas)
        return try PNGFile.encode(canvas.bytes, width: canvas.width, height: canvas.height, channels: 3)
    }

    private func draw(on canvas: any Canvas) throws {
        let pad = Style.pad
        var page = Rect(
            x: pad, y: pad, width: max(1, figsize.width * 72 - 2 * pad), height: max(1, figsize.height * 72 - 2 * pad))
        if !title.isEmpty {
            let size = Style.titleSize * 1.15
            canvas.text(
                title, at: Point(x: page.center.x, y: page.y + size * 0.8), TextStyle(size: size, anchor: .middle))
            page.y += size * 1.5
            page.height = max(1, page.height - size * 1.5)
        }
        for (axes, room) in zip(axes, rooms(page)) { try axes.draw(on: canvas, room) }
    }

    /// Returns the rectangle that each plot may fill. Plots of one grid have the same size, and those of one column or
    /// row begin and end at the same place.
    private func rooms(_ page: Rect) -> [Rect] {
        let gap = 10.0
        var rooms = axes.map { axes in
            let width = page.width / Double(axes.grid.columns), height = page.height / Double(axes.grid.rows)
            return Rect(
                x: page.x + width * Double(axes.column), y: page.y + height * Double(axes.row), width: width,
                height: height)
        }
        // The ticks depend on the size of a plot, and its size on the room for their labels.
        for _ in 0..<3 {
            let margins = zip(axes, rooms).map { $0.margins($0.plan($1)) }
            rooms = axes.map { current in
                let (rows, columns) = current.grid
                var across = [Margins](repeating: Margins(), count: columns)
                var down = [Margins](repeating: Margins(), count: rows)
                for (other, margins) in zip(axes, margins) where other.grid == current.grid {
                    across[other.column] = across[other.column].union(margins)
                    down[other.row] = down[other.row].union(margins)
                }
                let taken = across.reduce(0) { $0 + $1.left + $1.right } + gap * Double(columns - 1)
                let tall = down.reduce(0) { $0 + $1.top + $1.bottom } + gap * Double(rows - 1)
                let width = max(1, (page.width - taken) / Double(columns))
                let height = max(1, (page.height - tall) / Double(rows))
                let left = across[..<current.column].reduce(0) { $0 + $1.left + $1.right }
                let above = down[..<current.row].reduce(0) { $0 + $1.top + $1.bottom }
                return Rect(
                    x: page.x + left + across[current.column].left + (width + gap) * Double(current.column),
                    y: page.y + above + down[current.row].top + (height + gap) * Double(current.row), width: width,
                    height: height)
            }
        }
        return rooms
    }
}

/// Creates a figure with one plot. matplotlib: `subplots`.
/// - Parameters:
///   - figsize: the width and height in inches.
///   - dpi: the pixels an inch of a PNG file.
public func subplots(
    figsize: (width: Double, height: Double) = (6.4, 4.8), dpi: Double = 150
) -> (figure: Figure, ax: Axes) {
    let figure = Figure(figsize: figsize, dpi: dpi)
    return (figure, figure.addSubplot())
}

/// Creates a figure with a grid of plots. matplotlib: `subplots`.
/// - Parameters:
///   - nrows: the number of rows.
///   - ncols: the number of columns.
///   - figsize: the width and height in inches.
///   - dpi: the pixels an inch of a PNG file.
/// - Returns: the figure and its plots, row by row: `axes[row][column]`.
/// - Precondition: both numbers are positive.
public func subplots(
    _ nrows: Int, _ ncols: Int, figsize: (width: Double, height: Double) = (6.4, 4.8), dpi: Double = 150
) -> (figure: Figure, axes: [[Axes]]) {
    let figure = Figure(figsize: figsize, dpi: dpi)
    guard (1...1000).contains(nrows), (1...1000).contains(ncols) else {
        raise(.value, "Number of rows and columns must be positive integers, not \(nrows) and \(ncols)")
        return (figure, [[figure.addSubplot()]])
    }
    let axes = (0..<nrows).map { row in
        (0..<ncols).map { figure.addSubplot(nrows, ncols, row * ncols + $0 + 1) }
    }
    return (figure, axes)
}
