import Testing

@testable import HomeChat

@Suite struct AlertFormatTests {
    private func alertmanager(_ status: String, _ alerts: String, truncated: Int = 0) -> String {
        #"{"version": "4", "groupKey": "{}:{alertname=\"Disk\"}", "truncatedAlerts": \#(truncated), "status": "\#(status)", "receiver": "chat", "groupLabels": {"alertname": "Disk"}, "commonLabels": {"alertname": "Disk", "severity": "page"}, "commonAnnotations": {}, "externalURL": "http://am:9093", "alerts": [\#(alerts)]}"#
    }

    private func alert(_ status: String = "firing", _ instance: String = "nas") -> String {
        #"{"status": "\#(status)", "labels": {"alertname": "Disk", "severity": "page", "instance": "\#(instance)"}, "annotations": {"summary": "Disk of \#(instance) is full"}, "startsAt": "2026-11-26T02:43:59.5Z", "endsAt": "0001-01-01T00:00:00Z", "generatorURL": "http://prom:9090/g", "fingerprint": "a1"}"#
    }

    @Test func `a firing group names what is the matter, where and since when`() throws {
        let post = try posted(alertmanager("firing", alert() + "," + alert("firing", "pi")))
        #expect(
            post.text == """
                🔥 **2 × [Disk](<http://am:9093>)**
                severity=page
                - Disk of nas is full · instance=nas · since 2026-11-26 02:43 UTC · [source](<http://prom:9090/g>)
                - Disk of pi is full · instance=pi · since 2026-11-26 02:43 UTC · [source](<http://prom:9090/g>)
                """)
        #expect(!post.endsCard)
    }

    @Test func `a resolved group has the same key and ends the card`() throws {
        let firing = try posted(alertmanager("firing", alert()))
        let resolved = try posted(alertmanager("resolved", alert("resolved")))
        #expect(resolved.text.hasPrefix("✅ **[Disk](<http://am:9093>)** is resolved"))
        #expect(firing.key != nil && firing.key == resolved.key && resolved.endsCard)
        #expect(try resolved.draft().key == resolved.key)
    }

    @Test func `long groups are cut with a count, firing ones first`() throws {
        let many = [alert("resolved", "old")] + (0..<30).map { alert("firing", "n\($0)") }
        let text = try posted(alertmanager("firing", many.joined(separator: ","), truncated: 4)).text
        #expect(text.hasPrefix("🔥 **34 × ") && text.hasSuffix("- … and 25 more") && !text.contains("instance=old"))
    }

    @Test func `Grafana has links of its own`() throws {
        let body =
            #"{"receiver": "chat", "status": "firing", "orgId": 1, "version": "1", "groupKey": "g", "title": "[FIRING:1] Cold", "state": "alerting", "message": "long", "externalURL": "https://g.example/", "commonLabels": {"alertname": "Cold @channel"}, "alerts": [{"status": "firing", "labels": {"alertname": "Cold"}, "annotations": {"description": "4 °C"}, "startsAt": "2026-11-26T03:00:00+01:00", "panelURL": "https://g.example/p", "silenceURL": "javascript:x", "values": {"B": 4}}]}"#
        let post = try posted(body)
        #expect(
            post.text == """
                🔥 **[Cold @\u{2060}channel](<https://g.example/>)**
                - 4 °C · since 2026-11-26T03:00:00+01:00 · [panel](<https://g.example/p>) silence
                """)
        #expect(try post.key != posted(alertmanager("firing", alert())).key && !post.draft().mentions.everyone)
    }

    @Test func `what is no alert is said to be none`() {
        for format in [WebhookFormat.alertmanager, .grafana] {
            #expect(throws: ChatError.invalid("alerts", "must be a list of at least one alert")) {
                try posted(#"{"alerts": []}"#, format: format)
            }
        }
    }

    @Test func `odd alerts do not bring anything down`() throws {
        for alerts in ["1", "null", "{}", #"{"labels": [], "annotations": 3, "startsAt": {}}"#] {
            #expect(
                try posted(#"{"version": "4", "truncatedAlerts": -5, "alerts": [\#(alerts)]}"#).text.contains("Alert"))
        }
    }
}
