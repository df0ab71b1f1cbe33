/// One line of the guide's checklist, as it was found.
package struct DoctorCheck: Sendable, Encodable {
    package let id: String
    package let title: String
    package private(set) var status: Status
    /// What was seen, or why nothing could be.
    package private(set) var evidence: String
    /// The command or the setting that mends it; empty where there is nothing to mend.
    package let fix: String
    /// Whether it makes a difference to the grade: not where nobody could mend it yet.
    private(set) var counts = true

    package enum Status: String, Sendable, Encodable {
        case pass, warn, fail
        /// Not a guess: it could not be looked at from here.
        case unknown
    }

    private enum CodingKeys: String, CodingKey { case id, title, status, evidence, fix }

    func noted(_ note: String) -> DoctorCheck {
        var check = self
        check.evidence += " (\(note))"
        return check
    }

    func doubted(_ evidence: String) -> DoctorCheck {
        var check = self
        (check.status, check.evidence) = (.unknown, evidence)
        return check
    }

    var withoutWeight: DoctorCheck {
        var check = self
        check.counts = false
        return check
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

    func pass(_ evidence: String) -> DoctorCheck { answer(.pass, evidence, "") }
    func warn(_ evidence: String, fix: String) -> DoctorCheck { answer(.warn, evidence, fix) }
    func fail(_ evidence: String, fix: String) -> DoctorCheck { answer(.fail, evidence, fix) }
    func unknown(_ evidence: String, fix: String = "") -> DoctorCheck { answer(.unknown, evidence, fix) }

    private func answer(_ status: DoctorCheck.Status, _ evidence: String, _ fix: String) -> DoctorCheck {
        DoctorCheck(id: id, title: title, status: status, evidence: evidence, fix: fix)
    }
}
