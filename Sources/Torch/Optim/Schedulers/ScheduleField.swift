/// An entry of a schedule's state dict: its value when it was read, and a function that sets it.
public struct ScheduleField {
    /// The name in the state dict.
    public let name: String
    /// The value when the entry was read.
    public let value: StateValue
    /// Sets the entry. Returns false if the value is not valid for it.
    let load: (StateValue) throws -> Bool

    /// Creates an entry. `load` sets it to a loaded value, and returns false if the value is not valid.
    public init(name: String, value: StateValue, load: @escaping (StateValue) throws -> Bool) {
        self.name = name
        self.value = value
        self.load = load
    }

    /// The largest step count that is accepted, so that arithmetic on step counts cannot overflow.
    private static let largest = 1 << 31

    /// Creates the entry of a count. A loaded value is between ±2³¹.
    public static func int<Owner>(
        _ name: String, _ owner: Owner, _ path: ReferenceWritableKeyPath<Owner, Int>
    ) -> ScheduleField {
        ScheduleField(name: name, value: .int(owner[keyPath: path])) { value in
            guard let number = value.int, (-largest...largest).contains(number) else { return false }
            owner[keyPath: path] = number
            return true
        }
    }

    /// Creates the entry of a number.
    public static func number<Owner>(
        _ name: String, _ owner: Owner, _ path: ReferenceWritableKeyPath<Owner, Double>
    ) -> ScheduleField {
        ScheduleField(name: name, value: .double(owner[keyPath: path])) { value in
            guard let number = value.optionNumber else { return false }
            owner[keyPath: path] = number
            return true
        }
    }

    /// Creates the entry of a list of numbers. A loaded list has the same length.
    public static func numbers<Owner>(
        _ name: String, _ owner: Owner, _ path: ReferenceWritableKeyPath<Owner, [Double]>
    ) -> ScheduleField {
        let old = owner[keyPath: path]
        return ScheduleField(name: name, value: .list(old.map { .double($0) })) { value in
            guard let list = value.list else { return false }
            let numbers = list.compactMap(\.optionNumber)
            guard numbers.count == list.count, numbers.count == old.count else { return false }
            owner[keyPath: path] = numbers
            return true
        }
    }

    /// Creates the entry of a flag.
    public static func flag<Owner>(
        _ name: String, _ owner: Owner, _ path: ReferenceWritableKeyPath<Owner, Bool>
    ) -> ScheduleField {
        ScheduleField(name: name, value: .bool(owner[keyPath: path])) { value in
            guard let flag = value.bool else { return false }
            owner[keyPath: path] = flag
            return true
        }
    }

    static func choice<Owner, Choice: RawRepresentable<String>>(
        _ name: String, _ owner: Owner, _ path: ReferenceWritableKeyPath<Owner, Choice>
    ) -> ScheduleField {
        ScheduleField(name: name, value: .string(owner[keyPath: path].rawValue)) { value in
            guard let choice = value.string.flatMap(Choice.init) else { return false }
            owner[keyPath: path] = choice
            return true
        }
    }

    /// An entry of PyTorch's state dict that is not used here. Loading ignores it.
    static func constant(_ name: String, _ value: StateValue) -> ScheduleField {
        ScheduleField(name: name, value: value) { _ in true }
    }

    /// The state dicts of the schedules that a composite schedule contains.
    static func schedulers(_ schedulers: [LRScheduler]) -> ScheduleField {
        ScheduleField(name: "_schedulers", value: .list(schedulers.map { $0.stateDict() })) { value in
            guard let states = value.list, states.count == schedulers.count else { return false }
            for (scheduler, state) in zip(schedulers, states) { try scheduler.loadStateDict(state) }
            return true
        }
    }
}
