import Execution
import Gateway
import Glibc
import Logging
import ServiceLifecycle
import SiteConfiguration

/// The board: it gets power, and loses it.
extension World {
    /// Turns the power on.
    func boot(folderIsReady: Bool) {
        bootCount += 1
        bootedAt = machine.now
        isUp = true
        setClock(error: clockError, isSynchronized: isSynchronized)
        tell("power on, boot \(bootCount)")
        if !folderIsReady {
            processCount += 1
            mkdir(stateFolder, 0o755)
        }
        start()
    }

    /// Starts the gateway's process.
    private func start() {
        let (number, file) = (processCount, siteFile)
        let options = Gateway.Options(
            siteFile: file, boardFile: nil, profileFolder: nil, stateFolder: stateFolder,
            socketPath: "\(root)/run/\(bootCount)")
        let edges = edges
        let logger = Logger(label: "world") { _ in StoryLog { self.tell($0) } }
        let seed = random.next()
        // Unstructured: nobody waits for what a power cut ends.
        Task {
            do {
                let site = try SiteLoader(options).load().site
                let gateway = try await Gateway(
                    site: site, options: options, edges: edges, seed: seed, logger: logger,
                    abandon: { parts in
                        self.tell("did not end in time: \(parts)")
                        self.ended(number)
                    })
                let group = ServiceGroup(
                    configuration: ServiceGroupConfiguration(services: [gateway], logger: logger))
                self.gateway = gateway
                self.group = group
                try await group.run()
                self.ended(number)
            } catch {
                self.tell("the gateway does not run: \(error)")
                guard self.disk.failures > 0 || self.disk.isOff else {
                    return self.violate("the gateway does not run: \(error)")
                }
                // As systemd does.
                self.machine.after(.seconds(5)) {
                    if self.processCount == number { self.restart() }
                }
            }
        }
    }

    private func ended(_ number: Int) {
        guard number == processCount, let next = whenEnded else { return }
        whenEnded = nil
        machine.after(.zero) { if number == self.processCount, self.isUp { next() } }
    }

    /// Ends the gateway in order, and goes on with `next`.
    func shutDown(then next: @escaping @Sendable () -> Void) {
        isWatching = false
        whenEnded = next
        let group = group
        Task { await group?.triggerGracefulShutdown() }
    }

    /// Starts the gateway anew where it has ended; the machine goes on.
    func restart() {
        endProcess(losesWrites: false)
        start()
    }

    /// Cuts the power, and turns it on again after a while.
    func cutPower(for pause: Duration, isDateKept: Bool) {
        tell("power cut for \(pause)")
        disk.cut()
        endProcess(losesWrites: true)
        isUp = false
        unlink("\(root)/run/\(bootCount).cursors")
        machine.after(pause) { [self] in
            if !isDateKept {
                setClock(
                    error: Self.unset - (Self.epoch + .nanoseconds(machine.now)),
                    isSynchronized: false)
            }
            writeSite()
            boot(folderIsReady: true)
        }
    }

    /// Puts a valid document in place of one that is faulty.
    func writeSite() {
        // Cannot be written only where this machine is out of memory.
        try? siteText.write(to: siteFile, version: siteText.version, isFaulty: false)
    }

    private func endProcess(losesWrites: Bool) {
        machine.cutPower()
        building.chip.powerFailed()
        people.powerFailed()
        (gateway, group, source, whenEnded) = (nil, nil, nil, nil)
        isWatching = false
        let old = stateFolder
        processCount += 1
        disk.end(old, next: stateFolder, losesWrites: losesWrites)
    }
}
