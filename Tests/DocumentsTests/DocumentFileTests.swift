import Documents
import Glibc
import Testing

@Suite struct DocumentFileTests {
    @Test func readsAFileWhole() throws {
        let text = String(repeating: "历下花园\n", count: 20_000)
        try withFile(Array(text.utf8)) { path in
            let found = try DocumentFile.text(path: path, maximumBytes: 1 << 20)
            #expect(found == text)
        }
    }

    @Test func refusesWhatIsTooLargeOrNotText() throws {
        try withFile([0x61, 0xFF, 0x62]) { path in
            #expect(throws: DocumentFileError.encoded("ISO-8859-1")) {
                try DocumentFile.text(path: path, maximumBytes: 3)
            }
            #expect(throws: DocumentFileError.tooLarge(maximumBytes: 2)) {
                try DocumentFile.text(path: path, maximumBytes: 2)
            }
        }
    }

    @Test func refusesWhatIsNotThereOrNotAFile() {
        #expect(throws: DocumentFileError.system(ENOENT)) {
            try DocumentFile.text(path: "/nowhere/at/all", maximumBytes: 1)
        }
        #expect(throws: DocumentFileError.notAFile) {
            try DocumentFile.text(path: "/dev/null", maximumBytes: 1)
        }
        #expect(throws: DocumentFileError.notAFile) {
            try DocumentFile.text(path: "/tmp", maximumBytes: 1)
        }
    }

    @Test func neverWaitsForAPipe() throws {
        let path = "/tmp/linli-document-\(getpid())-pipe"
        try #require(mkfifo(path, 0o600) == 0)
        defer { unlink(path) }
        #expect(throws: DocumentFileError.notAFile) {
            try DocumentFile.text(path: path, maximumBytes: 1)
        }
    }

    @Test func aFileThatCannotBeReadIsOneFaultWithoutALine() {
        let error = #expect(throws: DocumentFaults.self) {
            try DocumentReader.read(file: "/nowhere/site.yaml") { _ in true }
        }
        #expect(
            error?.description
                == "/nowhere/site.yaml: cannot be read: No such file or directory")
    }

    private func withFile(_ bytes: [UInt8], _ body: (String) throws -> Void) throws {
        var template = Array("/tmp/linli-document-XXXXXX".utf8CString)
        let descriptor = mkstemp(&template)
        try #require(descriptor >= 0)
        let path = template.withUnsafeBufferPointer { String(cString: $0.baseAddress!) }
        defer { unlink(path) }
        try #require(write(descriptor, bytes, bytes.count) == bytes.count)
        close(descriptor)
        try body(path)
    }
}
