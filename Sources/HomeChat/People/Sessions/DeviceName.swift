/// "Firefox on Linux", from what a browser says about itself; enough to tell one's own devices apart.
struct DeviceName {
    let text: String

    private static let programs = [
        ("Edg/", "Edge"), ("OPR/", "Opera"), ("SamsungBrowser", "Samsung Internet"), ("Firefox/", "Firefox"),
        ("FxiOS", "Firefox"),
        ("CriOS", "Chrome"), ("Chrome/", "Chrome"), ("Safari/", "Safari"), ("Home Assistant", "Home Assistant"),
        ("curl", "curl"),
    ]
    private static let systems = [
        ("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows"), ("Mac OS", "Mac"),
        ("CrOS", "ChromeOS"),
        ("Linux", "Linux"),
    ]

    init(_ session: Session) {
        self.init(userAgent: session.userAgent, kind: session.kind)
    }

    init(userAgent agent: String, kind: Session.Kind) {
        let program = Self.programs.first { agent.contains($0.0) }?.1
        let system = Self.systems.first { agent.contains($0.0) }?.1
        let unknown = kind == .browser ? "A browser" : "An app"
        text = [program ?? unknown, system].compactMap(\.self).joined(separator: " on ")
    }
}
