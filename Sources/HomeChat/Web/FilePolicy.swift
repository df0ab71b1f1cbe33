extension ContentSecurityPolicy {
    /// Where a browser shows what people sent by itself: it loads nothing and runs nothing, and belongs to no origin. The
    /// styles are the browser's own, around a picture.
    static let ofFiles = "default-src 'none'; style-src 'unsafe-inline'; sandbox"

    /// Browsers load what they play a second time, from inside the page that they made for it; so it has our origin, and still
    /// runs nothing.
    static let ofMedia =
        "default-src 'none'; media-src 'self'; style-src 'unsafe-inline'; sandbox allow-same-origin"

    /// PDF, in the viewer of the browser, which is no part of our origin. Safari shows nothing of a sandboxed one.
    static let ofDocuments = "default-src 'none'; style-src 'unsafe-inline'"
}
