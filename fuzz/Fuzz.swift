import Foundation

/// `homechat-fuzz TARGET [libFuzzer's options] [corpus folders]`, `homechat-fuzz --list`. See `scripts/fuzz`.
@main
enum Fuzz {
    static func main() {
        let arguments = CommandLine.arguments
        if arguments.dropFirst().first == "--list" {
            for target in FuzzTarget.all { print(target.name) }
            return
        }
        guard arguments.count > 1, let target = (FuzzTarget.all + [.canary]).first(where: { $0.name == arguments[1] })
        else {
            print("usage: homechat-fuzz TARGET [options] [folders]; --list names the targets")
            exit(2)
        }
        chosen = target
        exit(drive([arguments[0]] + arguments.dropFirst(2)))
    }

    private static func drive(_ arguments: [String]) -> Int32 {
        // libFuzzer keeps both for as long as the process lives.
        let count = UnsafeMutablePointer<Int32>.allocate(capacity: 1)
        count.initialize(to: Int32(arguments.count))
        let words = UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>.allocate(capacity: arguments.count + 1)
        for (index, argument) in arguments.enumerated() { words[index] = strdup(argument) }
        words[arguments.count] = nil
        let vector = UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>.allocate(capacity: 1)
        vector.initialize(to: words)
        return LLVMFuzzerRunDriver(count, vector, runOne)
    }
}

/// libFuzzer calls a C function, which cannot capture: written once, before the first call.
nonisolated(unsafe) private var chosen = FuzzTarget.canary

@_cdecl("LLVMFuzzerTestOneInput")
func runOne(_ bytes: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    chosen.run(Array(UnsafeBufferPointer(start: bytes, count: count)))
    return 0
}

/// libFuzzer as a library (compiler-rt, FuzzerDriver.cpp).
@_silgen_name("LLVMFuzzerRunDriver")
private func LLVMFuzzerRunDriver(
    _ count: UnsafeMutablePointer<Int32>,
    _ arguments: UnsafeMutablePointer<UnsafeMutablePointer<UnsafeMutablePointer<CChar>?>?>,
    _ callback: @convention(c) (UnsafePointer<UInt8>?, Int) -> Int32
) -> Int32

/// One parser of ours that reads what strangers send.
struct FuzzTarget: Sendable {
    let name: String
    /// Returns for every input; traps where something does not hold that must.
    let run: @Sendable ([UInt8]) -> Void

    /// A new parser gets a file in `Targets`, a line here, and a few inputs in `corpus/<name>`.
    static let all: [FuzzTarget] = [
        .cableCommand, .cableFrames, .json,
        .forwarded, .network, .page, .contentSecurityPolicy, .settingsFile,
        .fields, .multipart, .multipartHeader, .bearer, .returnTo, .markdown, .names, .search, .accounts,
        .clientHello, .acme, .pem, .dnsName,
        .cbor, .authenticatorData, .passkey, .code, .cookies, .openID, .outbound,
        .model, .webhook, .webhookTemplate, .range, .disposition,
    ]

    /// Traps on `boom`: with it `scripts/fuzz canary` shows that a crash is seen and its input kept.
    static let canary = FuzzTarget(name: "canary") { bytes in
        // A step for each letter, which libFuzzer can see.
        guard bytes.count >= 4, bytes[0] == 0x62, bytes[1] == 0x6F, bytes[2] == 0x6F else { return }
        precondition(bytes[3] != 0x6D, "the canary fell")
    }
}

func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }
