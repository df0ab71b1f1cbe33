import Storage

/// From where and with what somebody signs in, to notice what is new.
struct KnownPlaces: Sendable {
    /// How long a place is remembered after it was last seen.
    static let memory = Duration.days(365)

    let isNewDevice: Bool
    let isNewNetwork: Bool

    /// Writes down where this sign-in comes from. The first of all is nothing new.
    static func note(
        _ user: User.ID, on device: Device, isKnownDevice: Bool, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> KnownPlaces {
        let network = SignInNetwork(device.caller.ipAddress).text
        let isFirst: Bool = try !tx.fetchRequired(
            "SELECT EXISTS (SELECT 1 FROM known_places WHERE user_id = \(user)) AS present")
        let knowsProgram = try meet(user, "program", device.caller.userAgent, at: now, tx)
        let knowsNetwork = try meet(user, "network", network, at: now, tx)
        // Programs have no cookie to be known by; what they call themselves has to do.
        let isKnown = isKnownDevice || device.kind == .device && knowsProgram
        return KnownPlaces(isNewDevice: !isFirst && !isKnown, isNewNetwork: !isFirst && !knowsNetwork)
    }

    static func removeOld(at now: Timestamp, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM known_places WHERE last_seen_at < \(now - memory)")
        try tx.execute("DELETE FROM sign_in_notices WHERE created_at < \(now - SignInNotice.memory)")
    }

    /// - Returns: whether it was met before.
    private static func meet(
        _ user: User.ID, _ kind: String, _ value: String, at now: Timestamp, _ tx: borrowing Transaction
    ) throws -> Bool {
        let updated = try tx.execute(
            """
            UPDATE known_places SET last_seen_at = \(now)
            WHERE user_id = \(user) AND kind = \(kind) AND value = \(value)
            """)
        if updated == 0 {
            try tx.execute(
                """
                INSERT INTO known_places (user_id, kind, value, last_seen_at)
                VALUES (\(user), \(kind), \(value), \(now))
                """)
        }
        return updated > 0
    }

    var details: [String: String] {
        var details: [String: String] = [:]
        if isNewDevice { details["new_device"] = "true" }
        if isNewNetwork { details["new_network"] = "true" }
        return details
    }
}

/// A sign-in from somewhere new, told to its owner until they say that they know.
package struct SignInNotice: Sendable {
    static let memory = Duration.days(90)
    static let maximumShown = 20

    let userAgent: String
    let ipAddress: String
    let isNewDevice: Bool
    let isNewNetwork: Bool
    let createdAt: Timestamp
}

extension SignInNotice: RowDecodable {
    package init(row: Row) throws {
        userAgent = try row["user_agent"]
        ipAddress = try row["ip_address"]
        isNewDevice = try row["is_new_device"]
        isNewNetwork = try row["is_new_network"]
        createdAt = try row["created_at"]
    }

    static func insert(
        for user: User.ID, _ places: KnownPlaces, on device: Device, at now: Timestamp, _ tx: borrowing Transaction
    ) throws {
        guard places.isNewDevice || places.isNewNetwork else { return }
        try tx.execute(
            """
            INSERT INTO sign_in_notices (user_id, user_agent, ip_address, is_new_device, is_new_network, created_at)
            VALUES (\(user), \(device.caller.userAgent), \(device.caller.ipAddress), \(places.isNewDevice),
                \(places.isNewNetwork), \(now))
            """)
    }

    static func all(of user: User.ID, _ tx: borrowing Transaction) throws -> [SignInNotice] {
        try tx.fetchAll(
            """
            SELECT user_agent, ip_address, is_new_device, is_new_network, created_at FROM sign_in_notices
            WHERE user_id = \(user)
            ORDER BY id DESC
            LIMIT \(maximumShown)
            """)
    }

    static func dismissAll(of user: User.ID, _ tx: borrowing Transaction) throws {
        try tx.execute("DELETE FROM sign_in_notices WHERE user_id = \(user)")
    }
}
