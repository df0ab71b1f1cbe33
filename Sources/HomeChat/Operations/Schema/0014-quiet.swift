import Storage

extension Schema {
    static let quiet = Migration("0014-quiet", "ALTER TABLE users ADD COLUMN quiet_until \(type: .time)")
}
