/// All checks, and one letter for them.
package struct DoctorReport: Sendable, Encodable {
    package let grade: String
    package let checks: [DoctorCheck]

    init(_ checks: [DoctorCheck]) {
        self.checks = checks
        grade = Self.grade(checks.filter(\.counts))
    }

    package var hasFailure: Bool { checks.contains { $0.status == .fail } }

    /// Each failure costs a letter, and so do two warnings or four lines that nobody could look at.
    /// A+ is for those who have neither.
    private static func grade(_ checks: [DoctorCheck]) -> String {
        func count(_ status: DoctorCheck.Status) -> Int { checks.count { $0.status == status } }
        let (failures, warnings, unknowns) = (count(.fail), count(.warn), count(.unknown))
        if failures + warnings + unknowns == 0 { return "A+" }
        let letters = ["A", "B", "C", "D", "E", "F"]
        return letters[min(failures + warnings / 2 + unknowns / 4, letters.count - 1)]
    }
}
