import ArgumentParser
import HomeChat

/// Where somebody may be for whom an admin chooses.
struct ChoiceOptions: ParsableArguments {
    @Option(help: "A channel that a limited account or a guest is in; can be given several times.")
    var channel: [String] = []
    @Option(help: "Somebody whom a limited account or a guest may write to; can be given several times.")
    var person: [String] = []
    @Option(help: "How long a guest stays, like 7d.") var until: Span?

    func choice(_ role: User.Role) throws -> RoleChoice {
        try RoleChoice(
            role, channels: channel.isEmpty ? nil : channel.map(ChannelChoice.named),
            people: person.isEmpty ? nil : person, visit: until?.duration)
    }
}
