/// What counts as a label, wherever it is written: live, in a recording, on the command line.
public enum LabelText {
    /// Longer class names are no class: they would stand in every line.
    public static let longestClassBytes = 256

    /// A number for a regression head; nil for text, NaN, infinity and |x| > 1e15.
    public static func number(_ text: UnsafeRawBufferPointer) -> Float? {
        var narrow = Float.nan
        guard case .number = NumberText.cell(text, narrowed: &narrow), Magnitude.isUsable(narrow) else { return nil }
        return narrow
    }

    /// A class, trimmed; nil when nothing is left or too much is.
    public static func category(_ text: UnsafeRawBufferPointer) -> UnsafeBufferPointer<UInt8>? {
        let trimmed = text.trimmingBlanks
        guard !trimmed.isEmpty, trimmed.count <= longestClassBytes else { return nil }
        return trimmed.bindMemory(to: UInt8.self)
    }
}
