extension Settings {
    /// Whether the server looks at pages that people link to.
    package struct LinkPreviews: Sendable {
        /// Off: whoever runs a linked page would learn where this server is, and when somebody wrote of it.
        package var isEnabled = false
        /// Inside the house, and only these.
        var networks: [Network] = []
    }

    static let previews: [Setting] = [
        Setting(
            "link_previews.enabled", \.linkPreviews.isEnabled, .boolean,
            "whether the server fetches linked pages to show what they are", shorthand: "link_previews"),
        Setting(
            "link_previews.networks", \.linkPreviews.networks, .list(.networkValue),
            "private networks whose pages may be fetched for it"),
    ]
}
