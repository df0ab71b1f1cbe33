import Storage

/// How much may still be stored, in bytes, as it was when somebody began to upload.
struct FileRoom: Sendable {
    let ofPerson: Int64
    /// nil: what the disk holds.
    let ofServer: Int64?
}

extension Files {
    /// Between two looks at the disk.
    static let diskStep: Int64 = 1 << 20

    func room(for user: User.ID) async throws -> FileRoom {
        let use = try await use(of: user)
        let room = FileRoom(
            ofPerson: Int64(rules.perPersonBytes) - use.person,
            ofServer: rules.serverBytes.map { Int64($0) - use.all })
        guard room.ofPerson > 0 else { throw Self.overQuota(rules) }
        guard room.ofServer ?? 1 > 0 else { throw ChatError.storageFull }
        try requireFreeDisk()
        return room
    }

    /// Whether there is room for something small of the house's own.
    func hasRoom() async throws -> Bool {
        guard (try? requireFreeDisk()) != nil else { return false }
        guard let most = rules.serverBytes else { return true }
        return try await database.read { tx in try FileUse.all(tx) } < Int64(most)
    }

    func use(of user: User.ID) async throws -> FileUse {
        try await database.read { [rules] tx in
            try FileUse(of: user, countsAll: rules.serverBytes != nil, tx)
        }
    }

    /// Counts bytes that came in, or says that they are too many.
    func take(_ bytes: Int64, of share: IncomingShare, in room: FileRoom) throws {
        let coming = share.add(bytes)
        guard coming.person <= room.ofPerson else { throw Self.overQuota(rules) }
        guard room.ofServer.map({ coming.all <= $0 }) ?? true else { throw ChatError.storageFull }
    }

    func requireFreeDisk() throws {
        guard folder.freeBytes().map({ $0 >= Int64(rules.freeBytes) }) ?? true else { throw ChatError.storageFull }
    }

    static func overQuota(_ rules: Settings.Files) -> ChatError {
        .invalid(
            "file",
            "does not fit any more: what one person may keep here is \(FileWords.size(Int64(rules.perPersonBytes)))")
    }
}
