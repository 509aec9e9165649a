import DeviceProfiles
import Execution
import Metering
import Testing

extension Moment {
    /// A moment for tests in which time is of no matter.
    static let zero = Moment(
        monotonic: MonotonicTime(nanoseconds: 0),
        wall: WallTime(Timestamp(milliseconds: 0), isSynchronized: true))
}

/// A shipped profile.
func shippedProfile(_ id: String) throws -> DeviceProfile {
    try #require(try ProfileLibrary.shipped().profile(id))
}

extension DeviceProfile {
    /// The point of a name that must be there.
    func requiredPoint(_ name: String) throws -> PointProfile {
        let name = try #require(PointName(name))
        return try #require(point(named: name))
    }
}

/// A profile of points written as in a document.
func profile(points: [String]) throws -> DeviceProfile {
    let lines = points.map { "  - \($0)\n" }.joined()
    return try ProfileLibrary.read(
        text: "id: test\nkind: water-meter\nvendor: v\nmodel: m\npoints:\n\(lines)",
        file: "test.yaml")
}
