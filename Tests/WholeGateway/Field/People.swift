import Execution
import MaintenanceAPI

/// Couriers and residents at the wall of lockers, with codes they remember.
// `@unchecked`: only touched by the thread that has the baton.
final class People: @unchecked Sendable {
    private unowned let world: World
    private var random: SeededRandom
    /// The codes that are out, by compartment.
    private var codes: [String: String] = [:]
    /// Where somebody waits for an answer that a power cut would swallow.
    private var asking: Set<String> = []
    private var depositing = 0
    /// When the last parcels were taken in.
    private var fresh: [String: Int64] = [:]
    private(set) var deposits = 0
    private(set) var pickups = 0

    init(world: World, seed: UInt64) {
        self.world = world
        random = SeededRandom(seed: seed)
    }

    /// Somebody comes, and does something.
    func act(_ source: MaintenanceSource) {
        switch random.next() % 4 {
        case 0, 1: codes.count < 4 ? deposit(source) : pickUp(source)
        case 2: codes.isEmpty ? deposit(source) : pickUp(source)
        default: guess(source)
        }
    }

    private func deposit(_ source: MaintenanceSource) {
        let sizes = ["small", "medium", "large"]
        let size = sizes[Int(random.next() % 3)]
        depositing += 1
        Task {
            defer { depositing -= 1 }
            // A refusal (no room, a line that is down) is an answer like any other.
            guard
                let answer = try? await source.mechanisms.work(
                    LockerRequest(.deposit, bank: "wall", size: size, by: "courier"))
            else { return }
            deposits += 1
            world.tell("a parcel in \(answer.compartment)")
            if let other = codes[answer.compartment] {
                world.violate(
                    "\(answer.compartment) is given away twice; it holds the parcel of \(other)")
            }
            codes[answer.compartment] = answer.code
            fresh[answer.compartment] = VirtualMachine.shared.now
        }
    }

    private func pickUp(_ source: MaintenanceSource) {
        let places = codes.keys.sorted()
        let place = places[Int(random.next() % UInt64(places.count))]
        guard let code = codes[place] else { return }
        guard asking.insert(place).inserted else { return }
        Task {
            defer { asking.remove(place) }
            do throws(Problem) {
                let answer = try await source.mechanisms.work(
                    LockerRequest(.pickup, bank: "wall", code: code, by: "resident"))
                pickups += 1
                if answer.compartment != place {
                    world.violate("the code of \(place) opens \(answer.compartment)")
                }
                world.tell("the parcel of \(place) is taken out")
                codes[place] = nil
                await again(code, of: place, source)
            } catch {
                world.tell("\(place) does not open: \(error.detail)")
                if error.detail == "no parcel here has this code" {
                    world.violate("the code of \(place) is not known any more")
                } else if error.detail == "this code is no longer good" {
                    await takeBack(place, source)
                }
            }
        }
    }

    private func takeBack(_ place: String, _ source: MaintenanceSource) async {
        do {
            _ = try await source.mechanisms.work(
                LockerRequest(.takeBack, bank: "wall", compartment: place, by: "courier"))
            codes[place] = nil
        } catch {
            world.tell("\(place) is not taken back: \(error.detail)")
        }
    }

    /// The courier finds parcels nobody told him of, since the power failed just then.
    func tidy(_ source: MaintenanceSource) {
        guard depositing == 0 else { return }
        Task {
            // Another day will do.
            guard let bank = try? await source.mechanisms.lockers().first else { return }
            for place in bank.compartments where place.parcelSince != nil {
                guard codes[place.name] == nil, !asking.contains(place.name) else { continue }
                await takeBack(place.name, source)
            }
        }
    }

    /// A parcel counts once its compartment was opened: what was taken in just before something
    /// failed may be there or not.
    func forgetFresh() {
        let now = VirtualMachine.shared.now
        for (place, moment) in fresh where now - moment < 20_000_000_000 { codes[place] = nil }
        fresh = [:]
    }

    /// The power has failed: what was just asked for may be done or not.
    func powerFailed() {
        forgetFresh()
        for place in asking { codes[place] = nil }
        asking = []
        depositing = 0
    }

    /// A code opens once.
    private func again(_ code: String, of place: String, _ source: MaintenanceSource) async {
        // One code a second is looked at.
        await Sleeper.sleep(until: VirtualMachine.shared.now + 5_000_000_000)
        do {
            _ = try await source.mechanisms.work(
                LockerRequest(.pickup, bank: "wall", code: code, by: "resident"))
            world.violate("the code of \(place) opens twice")
        } catch {
            // As it should be.
        }
    }

    private func guess(_ source: MaintenanceSource) {
        let code = String(100_000 + random.next() % 900_000)
        guard !codes.values.contains(code) else { return }
        Task {
            do {
                let answer = try await source.mechanisms.work(
                    LockerRequest(.pickup, bank: "wall", code: code, by: "stranger"))
                world.violate("a guessed code opens \(answer.compartment)")
            } catch {
                // As it should be.
            }
        }
    }
}
