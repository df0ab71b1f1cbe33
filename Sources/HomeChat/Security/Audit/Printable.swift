import Foundation

/// Text that does nothing to whoever looks at it: on a terminal, in a table of figures, in a line of a log.
package enum Printable {
    /// One line of at most 200 characters, without what cannot be seen. For what is kept.
    static func line(_ text: String) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.lazy.filter { !isActive($0) }.prefix(200)))
    }

    /// With a visible name for each character that is none. For what is shown, whoever wrote the row.
    package static func escaped(_ text: String) -> String {
        guard text.unicodeScalars.contains(where: isActive) else { return text }
        return text.unicodeScalars.reduce(into: "") { result, scalar in
            result += isActive(scalar) ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
    }

    /// The same within JSON, which has a form of its own for it and says nothing about most of them.
    static func escaped(json: String) -> String {
        guard json.unicodeScalars.contains(where: isActive) else { return json }
        return json.unicodeScalars.reduce(into: "") { result, scalar in
            guard isActive(scalar) else { return result.unicodeScalars.append(scalar) }
            for unit in String(scalar).utf16 {
                let digits = String(unit, radix: 16)
                result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
            }
        }
    }

    /// Controls (C0, DEL, C1), separators of lines, and what turns the direction of writing or is not there at all.
    private static func isActive(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F..<0xA0, 0xAD, 0x061C, 0x180E, 0x200B...0x200F, 0x2028...0x202E, 0x2060...0x206F, 0xFEFF,
            0xFFF9...0xFFFB, 0xE0000...0xE007F:
            true
        default: false
        }
    }
}
