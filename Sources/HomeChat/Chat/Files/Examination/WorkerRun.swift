import Foundation
import Subprocess

/// One worker, from its start to its end.
struct WorkerRun: Sendable {
    /// An answer is a few hundred bytes.
    static let maximumOutput = 8 * 1024
    /// It ends itself when its time is over. One that does not is killed so much later.
    static let grace = Duration.milliseconds(500)

    let executable: String
    let arguments: [String]
    let folder: String
    let patience: Duration

    enum End: Sendable, Equatable {
        case exited(Int32, said: String)
        case died(signal: Int32, said: String)
        case tookTooLong
        /// In words.
        case failed(String)
    }

    /// Does not return before the process is gone, whatever happens, and neither when the task is cancelled.
    func end() async -> End {
        await withTaskGroup(of: End.self) { group in
            group.addTask { await run() }
            group.addTask {
                try? await Task.sleep(for: patience + Self.grace)  // cut short once the worker has ended
                return .tookTooLong
            }
            let first = await group.next() ?? .tookTooLong
            group.cancelAll()
            await group.waitForAll()
            return first
        }
    }

    private func run() async -> End {
        do {
            let result = try await Subprocess.run(
                .path(.init(executable)), arguments: .init(arguments), environment: .custom([:]),
                workingDirectory: .init(folder), input: .none, output: .string(limit: Self.maximumOutput),
                error: .discarded
            ) { worker in
                // Others come first from its very start, which is half of what most files cost.
                setpriority(
                    __priority_which_t(PRIO_PROCESS.rawValue), id_t(worker.processIdentifier.value), UploadLane.niceness
                )
            }
            return switch result.terminationStatus {
            case .exited(let code): .exited(code, said: result.standardOutput)
            case .signaled(let signal): .died(signal: signal, said: result.standardOutput)
            }
        } catch let error as SubprocessError where error.code == .outputLimitExceeded {
            return .failed("its worker said too much")
        } catch {
            return .failed("its worker could not be run")
        }
    }
}
