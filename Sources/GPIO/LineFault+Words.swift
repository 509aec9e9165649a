import Execution

extension LineFault {
    /// In words for a technician.
    package var words: String {
        switch self {
        case .notRead: "not read yet"
        case .chipMissing(let chip): "the chip \(chip) is not there"
        case .noSuchLine(let chip, let offset): "\(chip) has no line \(offset)"
        case .taken(let user): "used by \(user)"
        case .refused(let errno): SystemError.text(errno)
        case .silent: "the device does not answer"
        case .exception(let code): "the device refused with exception \(code)"
        case .stopped: "its bus or chip is not running"
        }
    }
}
