import Foundation

/// In which letters a stranger's page is written: it is sent with a word for it, or one of its first tags has it.
///
/// The words are the web's (encoding.spec.whatwg.org), as far as there are pages with them that Foundation can read.
enum PageEncoding: Equatable {
    case utf8
    /// Each byte from 0x80 on is a letter.
    case bytes(String.Encoding)
    /// Letters of several bytes, none of which is a `<`.
    case sequences(String.Encoding)

    /// Among so many bytes it stands where a page says it itself.
    private static let head = 1024
    /// How much is read at once of letters of several bytes: what is wrong in one part spoils no other.
    private static let part = 256

    /// - Parameter charset: what it was sent with, in lower case.
    /// - Returns: nil where it is one that we cannot read.
    init?(of page: [UInt8], sentAs charset: String?) {
        if page.starts(with: [0xEF, 0xBB, 0xBF]) {
            self = .utf8
            return
        }
        let isSixteenBits = page.starts(with: [0xFE, 0xFF]) || page.starts(with: [0xFF, 0xFE])
        guard !isSixteenBits, let known = Self.known[charset ?? Self.charset(inHeadOf: page) ?? "utf-8"] else {
            return nil
        }
        self = known
    }

    /// What stands there in lower case: `text/html; charset="UTF-8"`.
    static func charset(in contentType: String) -> String? {
        guard let word = contentType.range(of: "charset", options: .caseInsensitive) else { return nil }
        let rest = contentType[word.upperBound...].drop { $0 == " " }
        guard rest.first == "=" else { return nil }
        let label = rest.dropFirst().drop { " \"'".contains($0) }.prefix { !" ;\"'".contains($0) }
        return label.isEmpty ? nil : label.lowercased()
    }

    private static func charset(inHeadOf page: [UInt8]) -> String? {
        var scanner = TagScanner(Array(page.prefix(head)))
        while let tag = scanner.nextTag() {
            guard tag.name == "meta" else { continue }
            let isType = tag.attributes["http-equiv"]?.lowercased() == "content-type"
            let sent = isType ? tag.attributes["content"].flatMap(charset) : nil
            guard let label = tag.attributes["charset"]?.lowercased() ?? sent else { continue }
            // Whoever could read the tag knows that it is not true.
            return label.hasPrefix("utf-16") ? "utf-8" : label.trimmingCharacters(in: .whitespaces)
        }
        return nil
    }
}

extension PageEncoding {
    /// The page in UTF-8. What makes no sense stays as it is, and becomes replacement characters where it is read.
    func utf8(_ page: [UInt8]) -> [UInt8] {
        switch self {
        case .utf8: page
        case .bytes(let encoding): Self.utf8(page, byteByByte: encoding)
        case .sequences(let encoding): Self.utf8(page, partByPart: encoding)
        }
    }

    private static func utf8(_ page: [UInt8], byteByByte encoding: String.Encoding) -> [UInt8] {
        let letters = (UInt8(0x80)...0xFF).map { byte in
            Array((String(bytes: [byte], encoding: encoding) ?? String(Unicode.Scalar(byte))).utf8)
        }
        var text: [UInt8] = []
        text.reserveCapacity(page.count * 2)
        for byte in page {
            if byte < 0x80 { text.append(byte) } else { text += letters[Int(byte - 0x80)] }
        }
        return text
    }

    private static func utf8(_ page: [UInt8], partByPart encoding: String.Encoding) -> [UInt8] {
        var text: [UInt8] = []
        var start = 0
        while start < page.count {
            let end = page[min(start + part, page.count)...].firstIndex(of: UInt8(ascii: "<")) ?? page.count
            let bytes = page[start..<end]
            if let read = String(bytes: bytes, encoding: encoding) { text += read.utf8 } else { text += bytes }
            start = end
        }
        return text
    }
}

extension PageEncoding {
    private static let known = Dictionary(
        labels.flatMap { encoding, words in words.split(separator: " ").map { (String($0), encoding) } },
        uniquingKeysWith: { first, _ in first })

    private static let labels: [(PageEncoding, String)] = [
        (.utf8, "utf-8 utf8 unicode-1-1-utf-8"),
        (
            .bytes(.windowsCP1252),
            "windows-1252 cp1252 x-cp1252 iso-8859-1 iso8859-1 iso_8859-1 latin1 l1 ascii us-ascii x-user-defined"
        ),
        (.bytes(.windowsCP1250), "windows-1250 cp1250 x-cp1250"),
        (.bytes(.windowsCP1251), "windows-1251 cp1251 x-cp1251"),
        (.bytes(.windowsCP1253), "windows-1253 cp1253 x-cp1253"),
        (.bytes(.windowsCP1254), "windows-1254 cp1254 x-cp1254 iso-8859-9 iso8859-9 iso_8859-9 latin5 l5"),
        (.bytes(foundation(0x0505)), "windows-1255 cp1255 x-cp1255"),
        (.bytes(foundation(0x0506)), "windows-1256 cp1256 x-cp1256"),
        (.bytes(foundation(0x0507)), "windows-1257 cp1257 x-cp1257"),
        (.bytes(.isoLatin2), "iso-8859-2 iso8859-2 iso_8859-2 latin2 l2"),
        (.bytes(foundation(0x0205)), "iso-8859-5 iso8859-5 iso_8859-5 cyrillic"),
        (.bytes(foundation(0x0207)), "iso-8859-7 iso8859-7 iso_8859-7 greek"),
        (.bytes(foundation(0x0208)), "iso-8859-8 iso8859-8 iso_8859-8 iso-8859-8-i hebrew"),
        (.bytes(foundation(0x020D)), "iso-8859-13 iso8859-13"),
        (.bytes(foundation(0x020F)), "iso-8859-15 iso8859-15 iso_8859-15 latin9 l9"),
        (.bytes(foundation(0x041D)), "windows-874 iso-8859-11 tis-620"),
        (.bytes(foundation(0x0A02)), "koi8-r koi8 koi"),
        (.bytes(foundation(0x0A08)), "koi8-u koi8-ru"),
        (.sequences(foundation(0x0420)), "shift_jis shift-jis sjis x-sjis windows-31j ms932 ms_kanji"),
        (.sequences(foundation(0x0632)), "gb18030 gbk x-gbk gb2312 gb_2312-80 chinese"),
        (.sequences(foundation(0x0A03)), "big5 big5-hkscs x-x-big5 cn-big5"),
        (.sequences(foundation(0x0422)), "euc-kr ks_c_5601-1987 ksc5601 korean windows-949"),
    ]

    /// Those that have no name in Swift, by their number in Core Foundation (CFStringEncodingExt.h).
    private static func foundation(_ number: UInt) -> String.Encoding {
        String.Encoding(rawValue: 0x8000_0000 | number)
    }
}
