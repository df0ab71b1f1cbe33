import Foundation
import Logging
import ServiceLifecycle
import Storage
import Synchronization

/// Looks at pages that messages link to, after they were posted and one link at a time for all who sent it.
///
/// It hears of messages as everybody does, so posting waits for nothing and knows nothing of it.
final class LinkPreviewer: Service {
    private static let atOnce = 2
    private static let period = Duration.minutes(1)
    /// Messages that wait to be read. Of more than that, some go without previews.
    private static let mostHeard = 1000

    private let database: any Database
    private let fetcher: PageFetcher
    private let pictures: PagePictures
    private let now: @Sendable () -> Timestamp
    private let logger: Logger
    private let heard = Mutex<Set<Message.ID>>([])
    private let bell: AsyncStream<Void>
    private let button: AsyncStream<Void>.Continuation

    init(
        database: any Database, fetcher: PageFetcher, pictures: PagePictures, now: @escaping @Sendable () -> Timestamp,
        logger: Logger
    ) {
        self.database = database
        self.fetcher = fetcher
        self.pictures = pictures
        self.now = now
        self.logger = logger
        (bell, button) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    /// What these say may have links.
    func hear(_ events: [Event]) {
        var isNew = false
        heard.withLock { heard in
            for event in events where heard.count < Self.mostHeard {
                switch event {
                case .messagePosted(let id, _), .messageChanged(let id, _): isNew = heard.insert(id).inserted || isNew
                default: break
                }
            }
        }
        if isNew { button.yield() }
    }

    func run() async throws {
        button.yield()
        await cancelWhenGracefulShutdown { [self] in
            await withDiscardingTaskGroup { group in
                // Pages that another node began with and left.
                group.addTask { [self] in
                    while (try? await Task.sleep(for: Self.period)) != nil { button.yield() }
                }
                for await _ in bell {
                    await attempt { try await self.look() }
                }
                group.cancelAll()
            }
        }
    }

    private func look() async throws {
        try await read(
            heard.withLock { heard in
                defer { heard = [] }
                return Array(heard)
            })
        while try await database.read({ [now] tx in try LinkedPage.hasErrands(at: now(), tx) }) {
            let errands = try await database.write { [now] tx in
                try LinkedPage.claim(atMost: Self.atOnce, at: now(), tx)
            }
            await withDiscardingTaskGroup { group in
                for errand in errands { group.addTask { [self] in await attempt { try await self.run(errand) } } }
            }
            try Task.checkCancellation()
        }
    }

    /// Writes down what messages link to.
    private func read(_ ids: [Message.ID]) async throws {
        guard !ids.isEmpty else { return }
        let texts = try await database.read { tx in try LinkedPage.texts(of: ids, tx) }
        let links = texts.map {
            (
                message: $0.message, channel: $0.channel, addresses: LinkedPage.addresses(in: $0.text),
                isLinked: $0.isLinked
            )
        }
        let changed = links.filter { !$0.addresses.isEmpty || $0.isLinked }
        guard !changed.isEmpty else { return }
        try await database.write { [now] tx in
            let moment = now()
            for link in changed {
                let before = try LinkedPage.shown(below: link.message, tx)
                try LinkedPage.link(link.addresses, to: link.message, at: moment, tx)
                guard try LinkedPage.shown(below: link.message, tx) != before else { continue }
                try Message.touch(link.message, at: moment, tx)
                tx.announce(.messageChanged(link.message, in: link.channel))
            }
        }
    }

    private func run(_ errand: LinkedPage.Errand) async throws {
        do {
            let page = try await fetcher.page(at: errand.url)
            var description = PageDescription(html: page.isHTML ? page.bytes : [])
            var picture: PageFetcher.Page? = page.isPicture ? page : nil
            if page.isPicture {
                description = PageDescription(pictureAt: page.url)
            } else if !description.isEmpty, !description.image.isEmpty {
                picture = try? await fetcher.picture(at: description.image, on: page)  // words alone will do
            }
            guard !description.isEmpty else { throw PageFetcher.Problem.noPage }
            let image: FileContent.New? = if let picture { try await pictures.make(from: picture.bytes) } else { nil }
            guard image != nil || !page.isPicture else { throw PageFetcher.Problem.noPage }
            try await show(description, image, errand.page)
        } catch is CancellationError {
            throw CancellationError()  // whoever comes next takes it up
        } catch let error as StorageError {
            throw error
        } catch {
            // The address is what somebody said to others; why it failed is enough.
            logger.debug(
                "a linked page could not be shown", metadata: ["page_id": "\(errand.page)", "why": "\(error)"])
            try await database.write { [now] tx in try LinkedPage.setFailed(errand.page, at: now(), tx) }
        }
    }

    /// The picture's row and what refers to it are one transaction: nobody sweeps it up in between.
    private func show(_ description: PageDescription, _ image: FileContent.New?, _ page: LinkedPage.ID) async throws {
        let kept = try await database.write { [now] tx in
            let moment = now()
            let content = try image.map { new in
                try FileContent.find(sha256: new.sha256, tx) ?? FileContent.insert(new, at: moment, tx)
            }
            try LinkedPage.setDescription(description, image: content?.id, of: page, at: moment, tx)
            for message in try LinkedPage.messages(with: page, tx) {
                try Message.touch(message.id, at: moment, tx)
                tx.announce(.messageChanged(message.id, in: message.channel))
            }
            return content
        }
        if let image, kept?.storedAs != image.storedAs { try await pictures.drop(image.storedAs) }
    }

    private func attempt(_ work: () async throws -> Void) async {
        do {
            try await work()
        } catch is CancellationError {
            return
        } catch {
            logger.warning("link previews could not be looked after", metadata: ["error_type": "\(type(of: error))"])
        }
    }
}
