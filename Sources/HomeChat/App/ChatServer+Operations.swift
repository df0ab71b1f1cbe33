/// The front doors of whoever runs the server. They keep nothing themselves.
extension ChatServer {
    package var auditTrail: AuditTrail {
        AuditTrail(database: database, audit: audit, retention: settings.audit.retention, now: now)
    }

    package var emergencies: Emergencies {
        Emergencies(database: database, credentials: credentials, readOnly: readOnly, audit: audit, now: now)
    }

    var incomingWebhooks: IncomingWebhooks {
        IncomingWebhooks(
            database: database, limits: limits, files: files, sealer: secrets.sealer, audit: audit, now: now)
    }

    var retention: Retention {
        Retention(database: database, readOnly: readOnly, audit: audit, now: now)
    }

    package var fileCheck: FileCheck { FileCheck(database: database, folder: files.folder, now: now) }

    var diskUse: DiskUse { DiskUse(database: database, folder: files.folder) }

    var fileSweeper: FileSweeper {
        FileSweeper(database: database, folder: files.folder, readOnly: readOnly, now: now, logger: logger)
    }

    package var incidents: Incidents {
        Incidents(database: database, settings: settings, audit: audit, trail: auditTrail, now: now)
    }

    package var searchBacklog: SearchBacklog { SearchBacklog(database: database) }

    package var doctor: Doctor {
        Doctor(settings: settings, database: database, rateRules: rateRules, now: now)
    }

    package var sealedCredentials: SealedCredentials {
        SealedCredentials(
            file: CredentialsFile(keys: masterKeyFile),
            record: SealedCredentials.Record(database: database, audit: audit))
    }

    package var keyBackup: KeyBackup {
        KeyBackup(sealer: secrets.sealer, database: database, audit: audit, now: now)
    }

    package var botCommands: BotCommands { BotCommands(database: database, audit: audit, now: now) }

    package var outgoingWebhooks: OutgoingWebhooks {
        OutgoingWebhooks(
            database: database, sealer: secrets.sealer, audit: audit, sender: deliverySender, limits: limits, now: now)
    }

    var deliveryService: DeliveryService {
        DeliveryService(
            database: database,
            queue: DeliveryQueue(node: String(WebhookSecret.random().text.prefix(16)), sealer: secrets.sealer),
            sender: deliverySender, bell: deliveryBell, counters: counters, now: now, logger: logger)
    }

    private var deliverySender: DeliverySender { DeliverySender(homeAssistant: settings.homeAssistant) }

    var aiWorker: AIWorker {
        AIWorker(
            database: database, models: assistants.models, home: HomeAssistantREST(settings.homeAssistant),
            audit: audit, now: now, logger: logger)
    }

    var linkPreviews: LinkPreviews { LinkPreviews(database: database, readOnly: readOnly, now: now) }

    /// nil: nobody looks at links.
    var linkPreviewer: LinkPreviewer? {
        guard settings.linkPreviews.isEnabled else { return nil }
        return LinkPreviewer(
            database: database, fetcher: PageFetcher(networks: settings.linkPreviews.networks),
            pictures: PagePictures(files: files), now: now, logger: logger)
    }

    var keyKeeper: KeyKeeper {
        KeyKeeper(sealer: secrets.sealer, file: masterKeyFile, database: database, logger: logger)
    }

    private var masterKeyFile: MasterKeyFile { MasterKeyFile(settings: settings) }
}
