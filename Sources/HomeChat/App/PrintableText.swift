extension Unicode.Scalar {
    /// Moves a cursor, begins a line, turns the direction or has no picture: not for terminals and logs as it is.
    var isUnprintable: Bool {
        switch properties.generalCategory {
        case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned: true
        default: false
        }
    }

    /// As JSON writes it: `\u001b`.
    var escape: String {
        utf16.map { "\\u" + String(0x10000 + UInt32($0), radix: 16).dropFirst() }.joined()
    }
}

extension String {
    /// One line of at most 200 characters, without any of those. For what is kept.
    var printableLine: String {
        String(UnicodeScalarView(unicodeScalars.lazy.filter { !$0.isUnprintable }.prefix(200)))
    }

    /// What strangers chose, like the names of tokens and channels, must not steer the terminal of whoever lists it.
    package func printable(keepsLines: Bool = false) -> String {
        guard unicodeScalars.contains(where: \.isUnprintable) else { return self }
        return unicodeScalars.map {
            // The joiner makes one family of three emoji, and nothing else.
            let isKept = $0 == "\u{200D}" || keepsLines && $0 == "\n"
            return isKept || !$0.isUnprintable ? String($0) : $0.escape
        }.joined()
    }
}
