/// One line of the guide's checklist, as it was found.
package struct DoctorCheck: Sendable, Encodable {
    package let id: String
    package let title: String
    package let status: Status
    /// What was seen, or why nothing could be.
    package let evidence: String
    /// The command or the setting that mends it; empty where there is nothing to mend.
    package let fix: String

    package enum Status: String, Sendable, Encodable {
        case pass, warn, fail
        /// Not a guess: it could not be looked at from here.
        case unknown
    }
}

/// A check before it is made: the same id and title whatever comes of it.
struct DoctorQuestion: Sendable {
    let id: String
    let title: String

    init(_ id: String, _ title: String) {
        self.id = id
        self.title = title
    }

    func pass(_ evidence: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, status: .pass, evidence: evidence, fix: "")
    }

    func warn(_ evidence: String, fix: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, status: .warn, evidence: evidence, fix: fix)
    }

    func fail(_ evidence: String, fix: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, status: .fail, evidence: evidence, fix: fix)
    }

    func unknown(_ evidence: String, fix: String = "") -> DoctorCheck {
        DoctorCheck(id: id, title: title, status: .unknown, evidence: evidence, fix: fix)
    }
}
