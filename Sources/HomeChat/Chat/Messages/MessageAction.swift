/// A button on a message. It can be pressed once, by whoever may post in the channel.
package struct MessageAction: Sendable {
    package let id: String
    package let label: String
    package let style: Style
    package let pressedAt: Timestamp?
    /// nil too where the account that pressed is gone.
    package let pressedBy: MessageView.Person?

    package enum Style: String, Sendable {
        case `default`, primary, danger
    }

    /// What a press does beyond being written down and shown.
    enum Handler: String, Sendable {
        case none = ""
        case security
        /// What an AI bot wants to have done.
        case ai
    }
}

/// A button that a message is to carry. Holding one means that it is fit.
package struct NewAction: Sendable {
    static let most = 5
    static let longestID = 40
    static let longestLabel = 40

    let id: String
    let label: String
    let style: MessageAction.Style
    var handler = MessageAction.Handler.none
    /// What it is about, for the handler: "user:3", "token:4", "network:203.0.113.7".
    var subject = ""

    package init(id: String, label: String, style: MessageAction.Style = .default) throws {
        guard (1...Self.longestID).contains(id.utf8.count),
            id.utf8.allSatisfy({ (0x61...0x7A).contains($0) || (0x30...0x39).contains($0) || $0 == 0x5F || $0 == 0x2D })
        else {
            throw ChatError.invalid(
                "actions", "must have ids of 1 to \(Self.longestID) letters a to z, digits, - and _")
        }
        let text = try line(label, "actions", atMost: Self.longestLabel)
        guard !text.isEmpty else { throw ChatError.invalid("actions", "must have a label each") }
        self.id = id
        self.label = text
        self.style = style
    }
}

extension [NewAction] {
    /// The `actions` of a request.
    init(_ value: JSONValue?) throws {
        guard let value else { self = []; return }
        guard case .array(let items) = value, items.count <= NewAction.most else {
            throw ChatError.invalid("actions", "must be a list of at most \(NewAction.most) buttons")
        }
        self = try items.map { item in
            guard case .object(let values) = item else {
                throw ChatError.invalid("actions", "must be objects with id, label and style")
            }
            let fields = RequestFields(values)
            guard let style = MessageAction.Style(rawValue: try fields.string("style") ?? "default") else {
                throw ChatError.invalid("actions", "must have the style default, primary or danger")
            }
            return try NewAction(
                id: fields.requiredString("id"), label: fields.requiredString("label"), style: style)
        }
        guard Set(map(\.id)).count == count else { throw ChatError.invalid("actions", "must have different ids") }
    }
}
