import Stint
import StintWire

/// Cells of a recording as JSON.
enum CellText {
    /// The cell itself where it is a number by JSON's grammar, else the number that it means, else `null`.
    static func write(number cell: UnsafeRawBufferPointer, into out: inout ByteWriter) {
        switch NumberText.cell(cell) {
        case .number:
            if NumberText.json(cell) != nil { out.append(bytes: cell) } else { write(lenient: cell, into: &out) }
        case .gap, .infinite, .text: out.append("null")
        }
    }

    /// `+1`, `.5`, `5.` and `007`, which JSON does not take, digit by digit: nothing is rounded.
    private static func write(lenient cell: UnsafeRawBufferPointer, into out: inout ByteWriter) {
        var rest = cell[...]
        if rest.first == UInt8(ascii: "-") { out.append(byte: UInt8(ascii: "-")) }
        if rest.first == UInt8(ascii: "-") || rest.first == UInt8(ascii: "+") { rest = rest.dropFirst() }
        func digits() -> Slice<UnsafeRawBufferPointer> {
            let digits = rest.prefix { (0x30...0x39).contains($0) }
            rest = rest[digits.endIndex...]
            return digits
        }
        let whole = digits().drop { $0 == 0x30 }
        if whole.isEmpty { out.append(byte: 0x30) } else { out.append(bytes: UnsafeRawBufferPointer(rebasing: whole)) }
        if rest.first == UInt8(ascii: ".") {
            rest = rest.dropFirst()
            let fraction = digits()
            if !fraction.isEmpty {
                out.append(byte: UInt8(ascii: "."))
                out.append(bytes: UnsafeRawBufferPointer(rebasing: fraction))
            }
        }
        // What is left is an exponent, which both have in the same form.
        out.append(bytes: UnsafeRawBufferPointer(rebasing: rest))
    }
}

/// How the labels of one column go out.
enum LabelForm: Equatable {
    /// As JSON numbers; a cell that is none goes as it is, for the other side to refuse and to count.
    case number
    /// As JSON strings: `1` and `1.0` are two classes.
    case text

    /// nil where a cell says nothing.
    func payload(_ cell: UnsafeRawBufferPointer, _ moment: Label.Moment) -> [UInt8]? {
        var out = ByteWriter(capacity: 64)
        switch moment {
        case .sequence(let sequence):
            out.append("{\"seq\":")
            out.append(sequence)
        case .time(let time):
            out.append("{\"t\":")
            out.append(time)
        }
        out.append(",\"value\":")
        switch (self, NumberText.cell(cell)) {
        case (.number, .gap): return nil
        case (.number, .number): CellText.write(number: cell, into: &out)
        case (.number, _), (.text, _): out.append(quoted: cell)
        }
        out.append(byte: UInt8(ascii: "}"))
        return [UInt8](out.bytes)
    }
}
