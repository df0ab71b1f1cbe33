import Hummingbird

/// The checklist as a page, and for monitors as JSON.
struct DoctorPages: Sendable {
    let pages: Pages
    let doctor: Doctor

    private struct Health: PageContent {
        static let template = "admin/health"
        let title = "Health"
        let heading = "Administration"
        let tabHealth = true
        let grade: String
        let checks: [CheckRow]
    }

    private struct CheckRow: View {
        let checkTitle: String
        let status: String
        let isBad: Bool
        let evidence: String
        let fix: String?

        init(_ check: DoctorCheck) {
            checkTitle = check.title
            status = check.status.rawValue
            isBad = check.status == .fail || check.status == .warn
            evidence = check.evidence
            fix = check.fix.isEmpty ? nil : check.fix
        }
    }

    @Sendable func index(_ request: Request, _ context: AppContext) async throws -> Response {
        let report = try await doctor.examine(as: try context.requirePrincipal())
        return try await pages.show(
            Health(grade: report.grade, checks: report.checks.map(CheckRow.init)), request, context)
    }
}

struct DoctorAPI: Sendable {
    let doctor: Doctor

    /// `GET /api/v1/doctor`, for admins: 200 whatever was found, as the question was answered.
    @Sendable func show(_ request: Request, _ context: AppContext) async throws -> Response {
        try JSONBody.response(try await doctor.examine(as: try context.requirePrincipal()))
    }
}
