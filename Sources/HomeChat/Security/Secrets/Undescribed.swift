/// Holds secrets. Frameworks write the values that they run into their logs, so nothing but its name is said of it.
protocol Undescribed: CustomStringConvertible, CustomReflectable {}

extension Undescribed {
    package var description: String { String(describing: Self.self) }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

extension Settings: Undescribed {}
extension Settings.Mail: Undescribed {}
extension Settings.OpenID: Undescribed {}
extension MasterKey: Undescribed {}
extension Secrets: Undescribed {}
extension AccountKeys: Undescribed {}
extension AuditLog: Undescribed {}
extension OneTimePassword: Undescribed {}
extension SecretToken: Undescribed {}
extension Password: Undescribed {}
extension BackupCode: Undescribed {}
extension KeyBackup.Copy: Undescribed {}
extension SecondFactors.Enrolment: Undescribed {}
extension OpenIDAttempt: Undescribed {}
extension MailServer: Undescribed {}
