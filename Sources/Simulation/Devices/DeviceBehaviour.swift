import Modbus

/// How a simulated device meets what its registers do not decide.
package struct DeviceBehaviour: Hashable, Sendable {
    package var maximumRegisters: UInt16
    package var maximumBits: UInt16
    /// Whether addresses at which nothing is are met with silence, as by some meters, rather
    /// than with exception 2.
    package var isSilentAtHoles: Bool
    /// What function 43/14 tells, by object number.
    package var identification: [UInt8: String]

    package init(
        maximumRegisters: UInt16 = 125, maximumBits: UInt16 = 2_000, isSilentAtHoles: Bool = false,
        identification: [UInt8: String] = [:]
    ) {
        self.maximumRegisters = maximumRegisters
        self.maximumBits = maximumBits
        self.isSilentAtHoles = isSilentAtHoles
        self.identification = identification
    }

    /// The objects a request for identification asks for.
    ///
    /// - Returns: `nil` where a single object is asked for that is not there. A first object
    ///   that is not there means the first of all. Source: V1.1b3, section 6.21.
    func objects(_ category: IdentificationCategory, from first: UInt8) -> [UInt8: String]? {
        let last: UInt8 =
            switch category {
            case .basic: 2
            case .regular: 6
            case .extended, .individual: 255
            }
        if category == .individual { return identification[first].map { [first: $0] } }
        let known = identification.filter { $0.key <= last }
        let start = known[first] == nil ? 0 : first
        return known.filter { $0.key >= start }
    }
}
