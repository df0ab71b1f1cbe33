import ArgumentParser
import HomeChat

/// A length of time as people write it: `90d`, `24h`, `15m`, `30s`.
struct Span: ExpressibleByArgument {
    let duration: Duration

    init(duration: Duration) {
        self.duration = duration
    }

    init?(argument: String) {
        guard let duration = Duration(span: argument) else { return nil }
        self.duration = duration
    }
}
