#if canImport(Glibc)
import Glibc
#else
import Darwin
#endif

/// The room around a plot for ticks, names and the title.
struct Margins: Equatable {
    var left = 0.0, top = 0.0, right = 0.0, bottom = 0.0

    func union(_ other: Margins) -> Margins {
        Margins(
            left: max(left, other.left), top: max(top, other.top), right: max(right, other.right),
            bottom: max(bottom, other.bottom))
    }
}

extension Axes {
    /// What is drawn on the axes when the plot has a certain size.
    struct Plan {
        let place: Placement
        let xTicks, yTicks: Ticks
        /// The angle of the labels below.
        let rotation: Double
    }

    /// Returns the rectangle of the plot in the room that it may fill: smaller if pixels must be squares.
    private func inside(_ room: Rect, _ x: (low: Double, high: Double), _ y: (low: Double, high: Double)) -> Rect {
        guard isEqual, self.x.scale == .linear, self.y.scale == .linear else { return room }
        let (columns, rows) = (abs(x.high - x.low), abs(y.high - y.low))
        let unit = min(room.width / columns, room.height / rows)
        let (width, height) = (unit * columns, unit * rows)
        return Rect(
            x: room.center.x - width / 2, y: room.center.y - height / 2, width: width, height: height)
    }

    func plan(_ room: Rect) -> Plan {
        let stickies = artists.map(\.sticky)
        let xs = x.limits(artists.flatMap(\.xs), sticky: stickies.flatMap(\.x))
        let ys = y.limits(artists.flatMap(\.ys), sticky: stickies.flatMap(\.y))
        let rect = inside(room, xs, ys)
        let place = Placement(
            x: AxisMap(x.scale, from: xs.low, to: xs.high, start: rect.x, end: rect.right),
            y: AxisMap(y.scale, from: ys.low, to: ys.high, start: rect.bottom, end: rect.y), inside: rect)
        // As in matplotlib: a label needs three times its size across, and twice its size upwards.
        func ticks(_ settings: AxisSettings, _ map: AxisMap, _ length: Double, _ share: Double) -> Ticks {
            let low = min(map.low, map.high), high = max(map.low, map.high)
            guard var ticks = settings.ticks else {
                return settings.scale.ticks(low, high, most: min(9, max(1, Int(length / (Style.tickSize * share)))))
            }
            let slack = abs(settings.scale.forward(high) - settings.scale.forward(low)) * 1e-9
            let seen = zip(ticks.places, ticks.labels).filter {
                let value = settings.scale.forward($0.0)
                return value >= settings.scale.forward(low) - slack && value <= settings.scale.forward(high) + slack
            }
            (ticks.places, ticks.labels) = (seen.map(\.0), seen.map(\.1))
            return ticks
        }
        let xTicks = ticks(x, place.x, rect.width, 3.3), yTicks = ticks(y, place.y, rect.height, 2.2)
        return Plan(place: place, xTicks: xTicks, yTicks: yTicks, rotation: rotation(xTicks, place.x))
    }

    /// The angle of the labels below: 45 degrees if they have no room side by side.
    private func rotation(_ ticks: Ticks, _ map: AxisMap) -> Double {
        if let rotation = x.rotation { return rotation }
        let spans = zip(ticks.places, ticks.labels).map { place, label in
            let half = TextSize.width(label.text, exponent: label.exponent, Style.tickSize) / 2 + 2
            return (map(place) - half, map(place) + half)
        }.sorted { $0.0 < $1.0 }
        return zip(spans, spans.dropFirst()).contains { $0.1 > $1.0 } ? 45 : 0
    }

    private func width(_ label: Ticks.Label) -> Double {
        TextSize.width(label.text, exponent: label.exponent, Style.tickSize)
    }

    private func labelHeight(_ plan: Plan) -> Double {
        let longest = plan.xTicks.labels.map(width).max() ?? 0, angle = plan.rotation * .pi / 180
        let height = TextSize.height(Style.tickSize)
        return abs(sin(angle)) * longest + abs(cos(angle)) * height
    }

    private var tickRoom: Double { Style.tick + Style.tickPad }

    /// The room that the axes need around a plot.
    func margins(_ plan: Plan) -> Margins {
        var margins = Margins()
        if !title.isEmpty { margins.top = titleSize * 1.3 }
        if isOff { return margins }
        let line = Style.labelSize * 1.5
        margins.left = tickRoom + (plan.yTicks.labels.map(width).max() ?? 0) + (yLabel.isEmpty ? 0 : line)
        margins.bottom = tickRoom + labelHeight(plan) + (xLabel.isEmpty ? 0 : line)
        if plan.xTicks.factor != nil, xLabel.isEmpty { margins.bottom += line }
        if plan.yTicks.factor != nil { margins.top += Style.tickSize * 1.3 }
        margins.top = max(margins.top, Style.tickSize / 2)
        // A part of the labels at both ends stands out.
        let turned = cos(plan.rotation * .pi / 180), inside = plan.place.inside
        for (tick, label) in zip(plan.xTicks.places, plan.xTicks.labels) {
            let isFlat = plan.rotation == 0, at = plan.place.x(tick), length = width(label)
            margins.left = max(margins.left, (isFlat ? length / 2 : length * turned) - (at - inside.x))
            margins.right = max(margins.right, at + (isFlat ? length / 2 : 4) - inside.right)
        }
        return margins
    }

    func draw(on canvas: any Canvas, _ room: Rect) throws {
        let plan = plan(room), place = plan.place, inside = place.inside
        if hasGrid, !isOff { drawGrid(on: canvas, plan) }
        try canvas.clip(to: inside) {
            for level in 0...3 {
                for artist in artists where artist.level == level { try artist.draw(on: canvas, place) }
            }
        }
        if !isOff { drawAxes(on: canvas, plan) }
        if !title.isEmpty {
            let factor = plan.yTicks.factor == nil || isOff ? 0 : Style.tickSize * 1.3
            canvas.text(
                title, at: Point(x: inside.center.x, y: inside.y - titleSize * 0.45 - factor),
                TextStyle(size: titleSize, anchor: .middle))
        }
        if let legendPlace { drawLegend(on: canvas, place, legendPlace) }
    }

    private func drawGrid(on canvas: any Canvas, _ plan: Plan) {
        let inside = plan.place.inside
        func lines(_ ticks: [Double], _ isVertical: Bool, _ color: PlotColor) {
            for tick in ticks {
                let at = isVertical ? plan.place.x(tick) : plan.place.y(tick)
                if at.isNaN { continue }
                canvas.rule(
                    isVertical ? Point(x: at, y: inside.y) : Point(x: inside.x, y: at),
                    isVertical ? Point(x: at, y: inside.bottom) : Point(x: inside.right, y: at), color,
                    width: Style.lineWidth)
            }
        }
        if x.scale == .log { lines(plan.xTicks.minor, true, Style.minorGrid) }
        if y.scale == .log { lines(plan.yTicks.minor, false, Style.minorGrid) }
        if x.ticks == nil { lines(plan.xTicks.places, true, Style.grid) }
        lines(plan.yTicks.places, false, Style.grid)
    }

    private func drawAxes(on canvas: any Canvas, _ plan: Plan) {
        let (place, inside) = (plan.place, plan.place.inside)
        if isEqual {
            canvas.outline(inside, Style.frame, width: Style.lineWidth)
        } else {
            let corner = Point(x: inside.x, y: inside.bottom)
            canvas.rule(corner, Point(x: inside.right, y: inside.bottom), Style.frame, width: Style.lineWidth)
            canvas.rule(Point(x: inside.x, y: inside.y), corner, Style.frame, width: Style.lineWidth)
        }
        func mark(_ tick: Double, _ length: Double, isBelow: Bool) {
            let at = isBelow ? place.x(tick) : place.y(tick)
            let from = isBelow ? Point(x: at, y: inside.bottom) : Point(x: inside.x, y: at)
            let to = isBelow ? Point(x: at, y: inside.bottom + length) : Point(x: inside.x - length, y: at)
            canvas.rule(from, to, Style.frame, width: Style.lineWidth)
        }
        for tick in plan.xTicks.minor { mark(tick, Style.minorTick, isBelow: true) }
        for tick in plan.yTicks.minor { mark(tick, Style.minorTick, isBelow: false) }
        let height = TextSize.height(Style.tickSize)
        var style = TextStyle(size: Style.tickSize)
        for (tick, label) in zip(plan.xTicks.places, plan.xTicks.labels) {
            mark(tick, Style.tick, isBelow: true)
            style.anchor = plan.rotation == 0 ? .middle : .end
            style.angle = plan.rotation
            // A turned label ends below its tick.
            let shift = plan.rotation == 0 ? 0 : height * sin(plan.rotation * .pi / 180) / 2
            let drop = plan.rotation == 0 ? height : height * cos(plan.rotation * .pi / 180)
            canvas.text(
                label.text, exponent: label.exponent,
                at: Point(x: place.x(tick) + shift, y: inside.bottom + tickRoom + drop), style)
        }
        style.angle = 0
        style.anchor = .end
        for (tick, label) in zip(plan.yTicks.places, plan.yTicks.labels) {
            mark(tick, Style.tick, isBelow: false)
            canvas.text(
                label.text, exponent: label.exponent,
                at: Point(x: inside.x - tickRoom, y: place.y(tick) + height / 2), style)
        }
        drawNames(on: canvas, plan)
    }

    private func drawNames(on canvas: any Canvas, _ plan: Plan) {
        let inside = plan.place.inside
        var name = TextStyle(size: Style.labelSize, anchor: .middle)
        let below = inside.bottom + tickRoom + labelHeight(plan) + Style.labelSize * 1.3
        canvas.text(xLabel, at: Point(x: inside.center.x, y: below), name)
        if let factor = plan.xTicks.factor {
            canvas.text(
                factor.text, exponent: factor.exponent, at: Point(x: inside.right, y: below),
                TextStyle(size: Style.tickSize, anchor: .end))
        }
        if let factor = plan.yTicks.factor {
            canvas.text(
                factor.text, exponent: factor.exponent, at: Point(x: inside.x, y: inside.y - 4),
                TextStyle(size: Style.tickSize))
        }
        name.angle = 90
        let widest = plan.yTicks.labels.map(width).max() ?? 0
        let left = inside.x - tickRoom - widest - Style.labelSize * 0.6
        canvas.text(yLabel, at: Point(x: left, y: inside.center.y), name)
    }

    private func drawLegend(on canvas: any Canvas, _ place: Placement, _ location: LegendLocation) {
        let named = artists.filter { !($0.label ?? "").isEmpty }
        if named.isEmpty { return }
        let key = 20.0, pad = 5.0, gap = 6.0, line = Style.legendSize * 1.55, inset = 6.0
        let widest = named.map { TextSize.width($0.label!, Style.legendSize) }.max()!
        let width = pad * 2 + key + gap + widest, height = pad * 2 + line * Double(named.count) - 2
        let inside = place.inside
        func box(_ location: LegendLocation) -> Rect {
            let isLeft = location == .upperLeft || location == .lowerLeft
            let isLow = location == .lowerLeft || location == .lowerRight
            return Rect(
                x: isLeft ? inside.x + inset : inside.right - inset - width,
                y: isLow ? inside.bottom - inset - height : inside.y + inset, width: width, height: height)
        }
        let rect: Rect
        if location == .best {
            let points = artists.flatMap { $0.points(place) }
            let boxes = [LegendLocation.upperRight, .upperLeft, .lowerLeft, .lowerRight].map(box)
            let hidden = boxes.map { box in points.lazy.filter(box.contains).count }
            rect = boxes[hidden.firstIndex(of: hidden.min()!)!]
        } else {
            rect = box(location)
        }
        canvas.fill(rect, PlotColor(red: 1, green: 1, blue: 1, alpha: 0.85))
        canvas.outline(rect, PlotColor(hex: 0xcccccc), width: Style.lineWidth)
        for (i, artist) in named.enumerated() {
            let y = rect.y + pad + line * Double(i)
            let sample = Rect(x: rect.x + pad, y: y + 2, width: key, height: Style.legendSize * 0.75)
            artist.drawKey(on: canvas, in: sample)
            canvas.text(
                artist.label!,
                at: Point(
                    x: sample.right + gap, y: sample.center.y + TextSize.height(Style.legendSize) / 2),
                TextStyle(size: Style.legendSize))
        }
    }
}
