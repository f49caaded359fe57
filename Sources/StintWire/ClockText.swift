/// A cell of the clock: seconds since the epoch, or ISO 8601.
///
/// `2023-10-11T12:34:56.25Z`, `2023-10-11 12:34:56+02:00`, `2023-10-11 12:34`, `2023-10-11`; no zone means UTC. The fraction may have any
/// number of digits, of which nine count. The second 60 is the first of the next minute.
public enum ClockText {
    /// nil for anything that is neither a finite number nor such a time.
    public static func seconds(_ text: UnsafeRawBufferPointer) -> Double? {
        let trimmed = text.trimmingBlanks
        if let scan = NumberScan(trimmed, isLenient: true) {
            let value = scan.double(of: trimmed)
            return value.isFinite ? value : nil
        }
        var parse = DateScan(trimmed)
        return parse.seconds()
    }
}

private struct DateScan {
    private let text: UnsafeRawBufferPointer
    private var i = 0

    init(_ text: UnsafeRawBufferPointer) { self.text = text }

    mutating func seconds() -> Double? {
        guard let year = digits(4), take(.minus), let month = digits(2), take(.minus), let day = digits(2),
              (1...12).contains(month), (1...Self.days(in: month, of: year)).contains(day) else { return nil }
        var whole = Self.daysSinceEpoch(year, month, day) * 86_400, nanoseconds: Int64 = 0
        if i < text.count {
            guard take(0x54) || take(0x74) || take(.space), let hour = digits(2), take(.colon), let minute = digits(2),
                  hour < 24, minute < 60 else { return nil }
            whole += Int64(hour * 3600 + minute * 60)
            if take(.colon) {
                guard let second = digits(2), second <= 60, let fraction = fraction() else { return nil }
                whole += Int64(second)
                nanoseconds = fraction
            }
            guard let offset = zone() else { return nil }
            whole -= Int64(offset)
        }
        guard i == text.count else { return nil }
        return Double(whole) + Double(nanoseconds) / 1e9
    }

    private mutating func take(_ byte: UInt8) -> Bool {
        guard i < text.count, text[i] == byte else { return false }
        i += 1
        return true
    }

    private mutating func digits(_ count: Int) -> Int? {
        guard i + count <= text.count else { return nil }
        var value = 0
        for k in i..<i + count {
            guard text[k].digit <= 9 else { return nil }
            value = 10 * value + Int(text[k].digit)
        }
        i += count
        return value
    }

    /// Nanoseconds; 0 when there is no point.
    private mutating func fraction() -> Int64? {
        guard take(.dot) || take(.comma) else { return 0 }
        var value: Int64 = 0, unit: Int64 = 100_000_000
        let start = i
        while i < text.count, text[i].digit <= 9 {
            value += Int64(text[i].digit) * unit
            unit /= 10
            i += 1
        }
        return i > start ? value : nil
    }

    /// Seconds east of UTC.
    private mutating func zone() -> Int? {
        if i == text.count || take(0x5A) || take(0x7A) { return 0 }
        let isWest = i < text.count && text[i] == .minus
        guard take(.plus) || take(.minus), let hours = digits(2), hours < 24 else { return nil }
        var minutes = 0
        if i < text.count {
            _ = take(.colon)
            guard let said = digits(2), said < 60 else { return nil }
            minutes = said
        }
        return (isWest ? -1 : 1) * (hours * 3600 + minutes * 60)
    }

    private static func days(in month: Int, of year: Int) -> Int {
        switch month {
        case 4, 6, 9, 11: 30
        case 2: year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) ? 29 : 28
        default: 31
        }
    }

    /// Years begin in March here, so that the leap day is the last (Hinnant, "chrono-compatible low-level date algorithms").
    private static func daysSinceEpoch(_ year: Int, _ month: Int, _ day: Int) -> Int64 {
        let y = month > 2 ? year : year - 1
        let era = (y >= 0 ? y : y - 399) / 400
        let yearOfEra = y - era * 400
        let dayOfYear = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1
        let dayOfEra = yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear
        return Int64(era * 146_097 + dayOfEra - 719_468)
    }
}
