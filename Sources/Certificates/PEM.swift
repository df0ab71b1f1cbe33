import Foundation
import SwiftASN1
import X509

extension DERSerializable {
    var der: [UInt8] {
        get throws {
            var coder = DER.Serializer()
            try coder.serialize(self)
            return coder.serializedBytes
        }
    }
}

/// Certificates and keys from PEM (RFC 7468). Any bytes may come in.
public enum PEM {
    static let certificate = "CERTIFICATE"

    /// The certificates of a file, in its order; other blocks and text between them are passed over.
    static func certificates(_ bytes: [UInt8]) throws(CertificatesError) -> [Certificate] {
        let blocks = try documents(bytes).filter { $0.discriminator == certificate }
        guard !blocks.isEmpty else { throw .invalid("there is no certificate in PEM form") }
        do {
            return try blocks.map { try Certificate(derEncoded: $0.derBytes) }
        } catch {
            throw .invalid("a certificate is damaged: \(Bounds.line("\(error)"))")
        }
    }

    /// The DER of the certificates of a file.
    public static func certificatesDER(_ bytes: [UInt8]) throws(CertificatesError) -> [[UInt8]] {
        _ = try certificates(bytes)
        return try documents(bytes).filter { $0.discriminator == certificate }.map(\.derBytes)
    }

    static func privateKey(_ bytes: [UInt8]) throws(CertificatesError) -> Certificate.PrivateKey {
        let encrypted =
            "the private key is protected by a password; a server starts alone, so give it a key without one"
        // The old way puts header lines into the block, which the parser takes for damage.
        if String(decoding: bytes.prefix(Bounds.bytes), as: UTF8.self).contains("Proc-Type: 4,ENCRYPTED") {
            throw .invalid(encrypted)
        }
        let keys = try documents(bytes).filter { $0.discriminator.hasSuffix("PRIVATE KEY") }
        guard let key = keys.first else { throw .invalid("there is no private key in PEM form") }
        guard keys.count == 1 else { throw .invalid("there is more than one private key") }
        guard key.discriminator != "ENCRYPTED PRIVATE KEY" else { throw .invalid(encrypted) }
        do {
            return try Certificate.PrivateKey(pemDocument: key)
        } catch {
            // The reason may hold parts of what was read.
            throw .invalid("the private key is damaged, or not of a kind that is known (ECDSA, or RSA from 2048 bits)")
        }
    }

    private static func documents(_ bytes: [UInt8]) throws(CertificatesError) -> [PEMDocument] {
        guard bytes.count <= Bounds.bytes else { throw .invalid("more than \(Bounds.bytes) bytes") }
        do {
            let documents = try PEMDocument.parseMultiple(pemString: String(decoding: bytes, as: UTF8.self))
            guard documents.count <= Bounds.chain else { throw CertificatesError.invalid("too many PEM blocks") }
            return documents
        } catch let error as CertificatesError {
            throw error
        } catch {
            throw .invalid("the PEM form is damaged")
        }
    }
}
