import Storage

/// How tokens were used, and refused, since it was last written down. One of it is behind `Credentials`.
struct TokenUses: Sendable {
    /// What is not stored yet is bounded: beyond it, refusals are told by count only.
    static let maximumPending = 1000

    private struct Place: Hashable {
        let token: APIToken.ID
        let network: String

        init(_ token: APIToken.ID, _ caller: Caller) {
            self.token = token
            network = Network.around(caller.ipAddress) ?? caller.ipAddress
        }
    }

    private struct Use {
        var count: Int64 = 0
        var last: Timestamp
        var address: String
    }

    private var uses: [Place: Use] = [:]
    private var refusals: [Place: Use] = [:]

    var isEmpty: Bool { uses.isEmpty && refusals.isEmpty }

    mutating func note(_ token: APIToken.ID, from caller: Caller, at moment: Timestamp) {
        Self.count(Place(token, caller), caller, moment, &uses)
    }

    mutating func noteRefusal(_ token: APIToken.ID, from caller: Caller, at moment: Timestamp) {
        let place = Place(token, caller)
        guard refusals[place] != nil || refusals.count < Self.maximumPending else { return }
        Self.count(place, caller, moment, &refusals)
    }

    /// In the order in which they came, so that "last" is the last.
    func store(_ audit: AuditLog, _ tx: borrowing Transaction) throws {
        for (place, use) in uses.sorted(by: { $0.value.last < $1.value.last }) {
            let address = use.address.isEmpty ? nil : use.address
            try APIToken.used(place.token, times: use.count, from: address, at: use.last, tx)
            // Gone meanwhile, or used by the server itself: there is no network to remember.
            guard address != nil, let token = try APIToken.find(place.token, tx) else { continue }
            guard try TokenNetwork.note(place.network, of: token.id, times: use.count, at: use.last, tx) else {
                continue
            }
            try record(.tokenNewNetwork, token, place, use, audit, tx)
        }
        for (place, use) in refusals.sorted(by: { $0.value.last < $1.value.last }) {
            guard let token = try APIToken.find(place.token, tx) else { continue }
            try record(.accessDenied, token, place, use, audit, tx)
        }
    }

    private func record(
        _ action: AuditAction, _ token: APIToken, _ place: Place, _ use: Use, _ audit: AuditLog,
        _ tx: borrowing Transaction
    ) throws {
        var details = ["token": token.name, "network": place.network, "count": String(use.count)]
        if action == .accessDenied { details["reason"] = "address not allowed" }
        try audit.record(
            action, user: token.user, actor: token.username, from: Caller(ipAddress: use.address, userAgent: ""),
            target: "token:\(token.id)", details: details,
            times: action == .accessDenied ? use.count : 1, tx)
    }

    private static func count(_ place: Place, _ caller: Caller, _ moment: Timestamp, _ into: inout [Place: Use]) {
        var use = into[place] ?? Use(last: moment, address: caller.ipAddress)
        use.count += 1
        use.last = moment
        use.address = caller.ipAddress
        into[place] = use
    }
}
