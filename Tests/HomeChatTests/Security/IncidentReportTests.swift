import Storage
import Testing

@testable import HomeChat

@Suite struct IncidentReportTests {
    @Test func `addresses of failed sign-ins are counted beyond what the table shows`() async throws {
        try await withHouse { house in
            for number in 0..<250 {
                try await house.server.database.write { [audit = house.server.audit] tx in
                    let address = "203.0.113.\(number)"
                    try audit.record(
                        number.isMultiple(of: 2) ? .loginFailed : .secondFactorFailed, user: nil, actor: "eve",
                        from: Caller(ipAddress: address, userAgent: "tests", requestID: "q"), times: 2, tx)
                }
                house.clock.advance(by: .minutes(1))
            }
            let report = try await house.server.incidents.report(for: .days(1), as: .console)
            #expect(report.failures.addresses == 250 && report.failures.count == 500)
            #expect(report.addresses.count == IncidentReport.longestTable)
            let text = report.markdown
            #expect(text.contains("## Failed sign-ins\n\n500, from 250 addresses."))
            #expect(text.contains("## Addresses\n\nThe first 200.\n\n| Address |"))
            #expect(!text.contains("## Affected accounts\n\nThe first"))
        }
    }

    @Test func `a time before any calendar is looked back to as well`() async throws {
        try await withHouse { house in
            let report = try await house.server.incidents.report(for: .days(1_000_000), as: .console)
            #expect(report.failures.count == 0 && report.markdown.contains("0, from 0 addresses."))
        }
    }
}
