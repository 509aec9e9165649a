import Documents
import Glibc
import MQTT

/// What must be in a credential file.
enum CredentialKind {
    case certificate
    case privateKey
    case password
}

extension DocumentNode {
    /// A file named in the document, read once to see that it holds what it ought to.
    ///
    /// - Parameter folder: What a relative path is relative to.
    func credentialFile(_ kind: CredentialKind, folder: String) -> CredentialFile? {
        guard let text = text() else { return nil }
        guard !text.hasControlCharacters else {
            fail("must be the path of a file")
            return nil
        }
        let path = text.hasPrefix("/") ? text : folder + "/" + text
        let bytes: [UInt8]
        do throws(DocumentFileError) {
            bytes = try DocumentFile.bytes(path: path, maximumBytes: 1 << 20)
        } catch {
            fail("\(path) \(error)")
            return nil
        }
        if let reason = kind.fault(in: bytes) {
            fail("\(path) \(reason)")
            return nil
        }
        return CredentialFile(path: path, fingerprint: bytes.fingerprint)
    }
}

extension CredentialKind {
    /// Why a file cannot be one of this kind. Source of the labels: RFC 7468.
    fileprivate func fault(in bytes: [UInt8]) -> String? {
        guard !bytes.isEmpty else { return "is empty" }
        let text = String(decoding: bytes, as: UTF8.self)
        let hasKey = text.contains("PRIVATE KEY-----")
        let hasCertificate = text.contains("-----BEGIN CERTIFICATE-----")
        switch self {
        case .certificate where hasCertificate:
            return nil
        case .certificate:
            return hasKey ? "is a key, not a certificate" : "holds no certificate in PEM"
        case .privateKey where hasKey:
            return text.contains("ENCRYPTED") ? "is encrypted; the gateway has no passphrase" : nil
        case .privateKey:
            return hasCertificate ? "is a certificate, not a key" : "holds no private key in PEM"
        case .password:
            let line = text.prefix { !$0.isNewline }
            return line.isEmpty ? "has an empty first line" : nil
        }
    }
}

extension [UInt8] {
    /// Source: FNV-1a, 64 bits: draft-eastlake-fnv.
    fileprivate var fingerprint: UInt64 {
        reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
    }
}
