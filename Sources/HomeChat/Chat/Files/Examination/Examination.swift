/// What a file turned out to be, from its bytes alone.
struct Examination: Sendable, Equatable, Codable {
    /// A media type in lower case without parameters; `application/octet-stream` when nothing is known.
    let type: String
    /// Of images that browsers show: what they look like, upright. nil for everything else.
    var image: ImageFacts?
    /// Whether `clean` lies beside the upload and takes its place.
    var isCleaned = false
    /// The size of `preview.webp`, where there is one.
    var preview: PreviewFacts?
}

/// In pixels, and how many pictures follow each other: 1 where nothing moves.
struct ImageFacts: Sendable, Equatable, Codable {
    let width: Int
    let height: Int
    let frames: Int
}

struct PreviewFacts: Sendable, Equatable, Codable {
    let width: Int
    let height: Int
}
