/// Prometheus' Alertmanager, version 4 of its webhook.
enum AlertmanagerFormat {
    static func fits(_ json: JSONValue) -> Bool {
        guard !json.list("alerts").isEmpty else { return false }
        return json.string("version") == "4" || json["groupKey"] != nil && json["orgId"] == nil
    }

    static func post(_ json: JSONValue) throws -> IncomingPost {
        try AlertGroup(json, links: [("generatorURL", "source")]).post("alertmanager")
    }
}
