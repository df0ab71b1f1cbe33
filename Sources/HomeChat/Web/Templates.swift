import Mustache

/// The page's templates by name: `channels/browse` is `Web/templates/channels/browse.mustache`.
struct Templates: Sendable {
    private let library: MustacheLibrary

    init(_ web: WebFiles) throws {
        var library = MustacheLibrary()
        for (path, text) in web.texts(in: "templates", ending: ".mustache") {
            let name = path.dropFirst("templates/".count).dropLast(".mustache".count)
            try library.register(text, named: String(name))
        }
        self.library = library
    }

    func render(_ name: String, _ values: [String: Any]) -> String {
        guard let text = library.render(values, withTemplate: name) else {
            preconditionFailure("no template is called \(name)")
        }
        return text
    }
}

/// What a template shows: a struct per page, whose properties are the template's names.
protocol View: Sendable {}

extension View {
    /// The properties by name, those of views inside too. Read once per value: templates look the same name up many times.
    var values: [String: Any] {
        var values: [String: Any] = [:]
        for child in Mirror(reflecting: self).children {
            guard let name = child.label, let value = Self.value(child.value) else { continue }
            values[name] = value
        }
        return values
    }

    /// nil for nil: a name that is not there.
    private static func value(_ any: Any) -> Any? {
        switch any {
        case let view as any View: view.values
        case let views as [any View]: views.map(\.values)
        case let optional as any OptionalValue: optional.any.flatMap(value)
        default: any
        }
    }
}

private protocol OptionalValue {
    var any: Any? { get }
}

extension Optional: OptionalValue {
    fileprivate var any: Any? { self }
}
