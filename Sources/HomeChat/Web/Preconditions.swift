import HTTPTypes

/// What a request says about the copy that it has already (RFC 9110, 13).
struct Preconditions: Sendable {
    private let ifMatch, ifNoneMatch, ifRange: String?

    init(_ headers: HTTPFields) {
        ifMatch = headers[.ifMatch]
        ifNoneMatch = headers[.ifNoneMatch]
        ifRange = headers[.ifRange]
    }

    enum Verdict: Sendable {
        case met, notModified, failed
    }

    /// For reading, where both lists are compared byte by byte: what we send changes with every byte.
    /// - Parameter tag: an entity tag of ours, in its quotes and without commas.
    func verdict(on tag: String) -> Verdict {
        if let ifMatch, !Self.names(tag, in: ifMatch) { return .failed }
        if let ifNoneMatch, Self.names(tag, in: ifNoneMatch) { return .notModified }
        return .met
    }

    /// Whether a part of it fits to the parts that whoever asks has. We tell no dates, so no date is ours.
    func takesPart(of tag: String) -> Bool { ifRange.map { $0 == tag } ?? true }

    private static func names(_ tag: String, in list: String) -> Bool {
        list.split(separator: ",").contains { entry in
            let entry = entry.drop { $0 == " " || $0 == "\t" }
            let bare = entry.hasPrefix("W/") ? entry.dropFirst(2) : entry
            return entry == "*" || bare.prefix { $0 != " " && $0 != "\t" } == tag
        }
    }
}
