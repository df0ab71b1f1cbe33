/// Grafana's unified alerting. It speaks nearly like Alertmanager, with links of its own.
enum GrafanaFormat {
    static func fits(_ json: JSONValue) -> Bool {
        !json.list("alerts").isEmpty && (json["orgId"] != nil || json["state"] != nil && json["title"] != nil)
    }

    static func post(_ json: JSONValue) throws -> IncomingPost {
        try AlertGroup(
            json,
            links: [
                ("panelURL", "panel"), ("dashboardURL", "dashboard"), ("silenceURL", "silence"),
                ("generatorURL", "source"),
            ]
        ).post("grafana")
    }
}
