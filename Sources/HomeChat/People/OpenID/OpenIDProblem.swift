/// Why somebody did not get in through the provider. Never in the provider's words.
enum OpenIDProblem: Error, Equatable {
    /// The provider did not answer as the specification says, or not at all. The text is for whoever runs the server.
    case provider(String)
    /// What it says of somebody must not be believed; for whoever runs the server, too.
    case token(String)
    /// The person, or the provider, said no.
    case declined
    /// It was begun elsewhere, too long ago, or ended already.
    case stale
    /// Known there, but not let in here; for the person.
    case refused(String)

    /// For the page that says so.
    var words: String {
        switch self {
        case .provider: "The provider does not answer as it should. Try again later, or tell the admin."
        case .token: "What the provider says of you does not hold. Try again, or tell the admin."
        case .declined: "You were not signed in there, so you are not signed in here."
        case .stale: "This sign-in was begun in another browser, too long ago, or it has ended already. Start again."
        case .refused(let reason): reason.sentence
        }
    }

    /// For the server's log.
    var reason: String? {
        switch self {
        case .provider(let text), .token(let text): text
        case .declined, .stale, .refused: nil
        }
    }

    /// Somebody tried what does not go; a provider that is down and a person who turns back are none of that.
    var isFailedSignIn: Bool {
        switch self {
        case .token, .refused: true
        case .provider, .declined, .stale: false
        }
    }
}
