import DeviceProfiles
import Documents
import Execution
import Glibc
import Metering
import Modbus
import Testing

struct ProfileLibraryTests {
    static let text = """
        id: acme-em1
        kind: electricity-meter
        vendor: Acme
        model: EM1
        points:
          - {name: voltage.l1, table: input, address: 0, type: uint16, unit: V, scale: 0.1}

        """

    @Test func aFolderAddsItsProfiles() throws {
        try withFolder(["acme-em1.yaml": Self.text, "readme.txt": "no profile"]) { folder in
            let library = try ProfileLibrary.shipped().loading(folder: folder)
            #expect(try library.profile("acme-em1")?.vendor == "Acme")
            #expect(try library.profile("eastron-sdm630")?.vendor == "Eastron")
            #expect(try library.profile("unheard-of") == nil)
            #expect(library.identifiers.contains("acme-em1"))
        }
    }

    @Test func loadingAgainLeavesTheLibrariesBeforeAlone() throws {
        let shipped = try ProfileLibrary.shipped()
        try withFolder(["acme-em1.yaml": Self.text]) { folder in
            let first = try shipped.loading(folder: folder)
            let changed = Self.text.replacing("vendor: Acme", with: "vendor: Apex")
            let file = try #require(fopen("\(folder)/acme-em1.yaml", "w"))
            fputs(changed, file)
            fclose(file)
            let second = try shipped.loading(folder: folder)
            #expect(try first.profile("acme-em1")?.vendor == "Acme")
            #expect(try second.profile("acme-em1")?.vendor == "Apex")
            #expect(try shipped.profile("acme-em1") == nil)
        }
    }

    @Test func anIdentifierIsNeverUsedTwice() throws {
        let text = Self.text.replacing("acme-em1", with: "eastron-sdm630")
        try withFolder(["eastron-sdm630.yaml": text]) { folder in
            let faults = faults {
                () throws(DocumentFaults) in
                try ProfileLibrary.shipped().loading(folder: folder)
            }
            #expect(faults.count == 1)
            #expect(faults.first?.file == "\(folder)/eastron-sdm630.yaml")
            #expect(faults.first?.reason.contains("already a profile \"eastron-sdm630\"") == true)
        }
    }

    @Test func theFileIsNamedAfterItsProfile() throws {
        try withFolder(["other.yaml": Self.text]) { folder in
            let faults = ProfileLibrary.check(file: "\(folder)/other.yaml")
            #expect(
                faults.map(\.reason) == [
                    "the profile \"acme-em1\" must be in a file acme-em1.yaml"
                ])
        }
    }

    @Test func everyFaultOfEveryFileIsTold() throws {
        let wrong = Self.text.replacing("input", with: "inputs")
        let worse = Self.text.replacing("electricity", with: "eclectic")
        try withFolder(["acme-em1.yaml": wrong, "b.yaml": worse]) { folder in
            let faults = faults { () throws(DocumentFaults) in
                try ProfileLibrary.empty.loading(folder: folder)
            }
            #expect(faults.map(\.file) == ["\(folder)/acme-em1.yaml", "\(folder)/b.yaml"])
            #expect(faults.map(\.line) == [6, 2])
        }
    }

    @Test func whatCannotBeReadIsAFaultOfItsFile() {
        let faults = faults { () throws(DocumentFaults) in
            try ProfileLibrary.empty.loading(folder: "/nowhere/at/all")
        }
        #expect(faults.map(\.file) == ["/nowhere/at/all"])
        #expect(faults.first?.reason.contains("No such file") == true)
        #expect(ProfileLibrary.check(file: "/nowhere/p.yaml").count == 1)
    }

    /// A profile of which one byte or line was changed is either sound or refused with a place;
    /// nothing else happens.
    @Test(arguments: 0..<200 as Range<UInt64>)
    func aDamagedProfileIsReadOrRefused(seed: UInt64) throws {
        var random = SeededRandom(seed: seed)
        let identifiers = ShippedProfilesTests.identifiers
        let id = try #require(identifiers.randomElement(using: &random))
        var lines = try documentLines(of: id)
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            let index = Int.random(in: 0..<lines.count, using: &random)
            switch Int.random(in: 0..<5, using: &random) {
            case 0: lines.remove(at: index)
            case 1: lines.insert(lines[index], at: index)
            case 2: lines[index] = String(lines[index].dropLast(3))
            case 3:
                let number = ["-1", "0", "65535", "1e9", "x", "0x"].randomElement(using: &random)
                lines[index] = lines[index].replacing(#/\d+/#, with: number ?? "")
            default:
                var characters = Array(lines[index])
                guard !characters.isEmpty else { continue }
                let place = Int.random(in: 0..<characters.count, using: &random)
                characters[place] = Array("{}[]:,-#&*!|>'\"%@ a0").randomElement(using: &random)!
                lines[index] = String(characters)
            }
        }
        do throws(DocumentFaults) {
            let text = lines.joined(separator: "\n")
            let profile = try ProfileLibrary.read(text: text, file: "\(id).yaml")
            #expect(!profile.points.isEmpty)
            #expect(Set(profile.points.map(\.name)).count == profile.points.count)
            for point in profile.points {
                #expect(point.range.count <= profile.limits.maximumRegistersPerRead)
                #expect(point.scale.mantissa != 0)
            }
        } catch {
            #expect(error.faults.allSatisfy { $0.file == "\(id).yaml" && !$0.reason.isEmpty })
        }
    }

    private func documentLines(of id: String) throws -> [String] {
        let here = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
        let path = "/\(here)/Sources/DeviceProfiles/Profiles/\(id).yaml"
        let text = try DocumentFile.text(path: path, maximumBytes: 1 << 20)
        return text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    }

    private func faults(
        _ body: () throws(DocumentFaults) -> ProfileLibrary
    ) -> [DocumentFault] {
        do throws(DocumentFaults) {
            _ = try body()
            return []
        } catch {
            return error.faults
        }
    }

    /// Runs `body` with a folder of files that is removed afterwards.
    private func withFolder(
        _ files: [String: String], _ body: (String) throws -> Void
    ) throws {
        var template = Array("/tmp/linli-profiles-XXXXXX".utf8CString)
        let folder = try #require(mkdtemp(&template).map { String(cString: $0) })
        defer {
            for name in files.keys { unlink("\(folder)/\(name)") }
            rmdir(folder)
        }
        for (name, text) in files {
            let file = try #require(fopen("\(folder)/\(name)", "w"))
            fputs(text, file)
            fclose(file)
        }
        try body(folder)
    }
}
