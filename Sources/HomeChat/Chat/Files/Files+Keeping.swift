import Foundation
import NIOPosix
import Storage

extension Files {
    /// Looks at what came in and stores it, as files that wait for their message: all of them, or none.
    func keep(_ received: [ReceivedFile], by uploader: Uploader) async throws -> [File] {
        var kept: [File] = []
        do {
            for file in received { kept.append(try await keep(file, by: uploader)) }
            return kept
        } catch {
            await withdraw(kept.map(\.id), by: uploader)
            throw error
        }
    }

    /// Keeps what came with something that is to be posted. Files that find no way into a message, because it is refused or was
    /// posted before, are taken back.
    func keeping<Posted>(
        _ received: [ReceivedFile], by uploader: Uploader, _ post: ([File.ID]) async throws -> Posted
    ) async throws -> Posted {
        let kept = try await keep(received, by: uploader).map(\.id)
        let outcome: Result<Posted, any Error>
        do { outcome = .success(try await post(kept)) } catch { outcome = .failure(error) }
        await withdraw(kept, by: uploader)
        return try outcome.get()
    }

    /// Takes back those of them that got no message. What cannot be taken back now goes by itself when its time has passed.
    func withdraw(_ files: [File.ID], by uploader: Uploader) async {
        guard !files.isEmpty, (try? await database.read { tx in try File.wait(files, tx) }) ?? true else { return }
        try? await database.write { tx in
            for file in files { _ = try File.withdraw(file, by: uploader, tx) }
        }
    }

    private func keep(_ received: ReceivedFile, by uploader: Uploader) async throws -> File {
        let found = try await examine(received, of: uploader.user)
        guard rules.takes(found.type) else {
            throw ChatError.unsupportedType(
                "the file “\(received.name)” is \(found.type); what is taken here is \(rules.types.joined(separator: ", "))"
            )
        }
        try requireFreeDisk()
        let name = FileName.fitting(received.name, found.type)
        let use = try await use(of: uploader.user)
        let new = try await store(found, from: received.folder)
        // From here on the database counts it, and says exactly what fits.
        received.share.settle(received.byteSize)
        do {
            let (file, isNew) = try await database.write { [self] tx in
                let known = try FileContent.find(sha256: new.sha256, tx)
                try requireRoom(for: new, isNew: known == nil, of: uploader.user, beside: use, tx)
                let content = try known ?? FileContent.insert(new, at: now(), tx)
                return (try File.insert(named: name, content, by: uploader, at: now(), tx), known == nil)
            }
            if !isNew { await drop(new, for: file.content) }
            return file
        } catch {
            if await isUnnamed(new) { await drop(new) }
            throw error
        }
    }

    private func examine(_ received: ReceivedFile, of user: User.ID) async throws -> Examination {
        do throws(ExaminationProblem) {
            return try await examiner.examine(folder: received.folder, for: user)
        } catch {
            throw ChatError(error, of: received.name)
        }
    }

    /// Exactly, at the moment when it is written down.
    private func requireRoom(
        for new: FileContent.New, isNew: Bool, of user: User.ID, beside use: FileUse, _ tx: borrowing Transaction
    ) throws {
        guard try use.hasRoom(for: new.byteSize, of: user, atMost: rules.perPersonBytes, tx) else {
            throw Self.overQuota(rules)
        }
        guard isNew, let most = rules.serverBytes else { return }
        guard try use.hasRoom(for: new.byteSize + (new.preview?.byteSize ?? 0), atMost: most, tx) else {
            throw ChatError.storageFull
        }
    }
}

extension Files {
    /// The bytes are in their place before a row names them: where the server dies in between, something lies there that nobody
    /// knows, and never the other way round.
    private func store(_ found: Examination, from incoming: String) async throws -> FileContent.New {
        let bytes = "\(incoming)/\(found.isCleaned ? FileExaminer.cleanName : FileExaminer.uploadName)"
        let digest = try await FileDigest(of: bytes)
        let preview = "\(incoming)/\(FileExaminer.previewName)"
        return try await NIOThreadPool.singleton.runIfActive { [folder] in
            let small = try found.preview.map { size in
                FileContent.Preview(
                    byteSize: try FileFolder.size(of: preview), storedAs: try folder.store(preview), size)
            }
            do {
                return FileContent.New(
                    sha256: digest.sha256, storedAs: try folder.store(bytes), type: found.type,
                    byteSize: digest.byteSize, image: found.image.map(FileContent.Image.init), preview: small)
            } catch {
                if let small { folder.remove(small.storedAs) }
                throw error
            }
        }
    }

    /// After a write that failed, which may have come through for all that. Where nobody can tell, the bytes stay: what no row
    /// names is swept as a stray.
    private func isUnnamed(_ new: FileContent.New) async -> Bool {
        (try? await database.read { tx in try !FileContent.isStored(as: new.storedAs, tx) }) ?? false
    }

    /// Of bytes that are there already, or were not taken after all.
    private func drop(_ new: FileContent.New, for known: FileContent? = nil) async {
        let names = [(new.storedAs, known?.storedAs), (new.preview?.storedAs, known?.preview?.storedAs)]
        // Also for whoever is cancelled meanwhile.
        await withCheckedContinuation { done in
            NIOThreadPool.singleton.submit { [folder] _ in
                for case (let copy?, let stored) in names where !(stored.map { folder.mend($0, from: copy) } ?? false) {
                    folder.remove(copy)
                }
                done.resume()
            }
        }
    }
}

extension FileContent.Image {
    fileprivate init(_ facts: ImageFacts) {
        self.init(width: Int64(facts.width), height: Int64(facts.height), frames: Int64(facts.frames))
    }
}

extension FileContent.Preview {
    fileprivate init(byteSize: Int64, storedAs: String, _ facts: PreviewFacts) {
        self.init(
            storedAs: storedAs, width: Int64(facts.width), height: Int64(facts.height), byteSize: byteSize)
    }
}

extension ChatError {
    fileprivate init(_ problem: ExaminationProblem, of name: String) {
        self =
            switch problem {
            case .tooManyPixels, .unreadable, .tooSlow, .tooLarge:
                .invalid("file", "“\(name)” is not taken: \(problem)")
            case .diskFull: .storageFull
            case .cancelled: .unavailable(retryAfter: .seconds(5))
            case .unavailable(let reason): .unready("files cannot be taken now: \(reason)")
            }
    }
}
