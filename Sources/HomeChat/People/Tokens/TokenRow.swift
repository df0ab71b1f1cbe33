/// A token in a list, for its owner and for admins.
struct TokenRow: View {
    let tokenId: String
    let tokenName: String
    let prefix: String
    let owner: String
    let scopeText: String
    let placeText: String?
    let networkText: String?
    let createdAt: String
    let createdText: String
    let expiresAt: String?
    let expiresText: String
    let usedAt: String?
    let usedText: String
    let useText: String
    let isOld: Bool
    let isUnused: Bool
    let overlapAt: String?
    let overlapText: String
    let hasHistory: Bool
    let history: [NetworkRow]

    struct NetworkRow: View {
        let network: String
        let seenAt: String
        let seenText: String
    }

    init(
        _ token: APIToken, _ networks: [TokenNetwork], channelNames: [Channel.ID: String], _ time: LocalTime,
        at now: Timestamp
    ) {
        tokenId = token.id.description
        tokenName = token.name
        prefix = token.prefix
        owner = token.username
        scopeText = token.scopes.map(\.rawValue).sorted().joined(separator: ", ")
        placeText = token.channels.map { channels in
            channels.sorted().map { "#\(channelNames[$0] ?? "\($0)")" }.joined(separator: ", ")
        }
        networkText = token.networks.isEmpty ? nil : token.networks.joined(separator: ", ")
        createdAt = token.createdAt.iso8601
        createdText = time.date(token.createdAt)
        expiresAt = token.expiresAt?.iso8601
        expiresText = token.expiresAt.map { time.date($0) } ?? ""
        usedAt = token.lastUsedAt?.iso8601
        usedText = token.lastUsedAt.map { time.exact($0) } ?? ""
        useText =
            (token.lastAddress.map { "from \($0), " } ?? "")
            + (token.useCount == 1 ? "once" : "\(token.useCount) times")
        isOld = token.isOld(at: now)
        isUnused = token.isUnused(for: APIToken.idlePeriod, at: now)
        overlapAt = token.previousUntil?.iso8601
        overlapText = token.previousUntil.map { time.exact($0) } ?? ""
        hasHistory = !networks.isEmpty
        history = networks.prefix(10).map {
            NetworkRow(network: $0.network, seenAt: $0.lastSeenAt.iso8601, seenText: time.exact($0.lastSeenAt))
        }
    }
}
