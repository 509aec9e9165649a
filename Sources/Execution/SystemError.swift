import Glibc

/// The system's words for its error numbers.
package enum SystemError {
    package static func text(_ errno: Int32) -> String { String(cString: strerror(errno)) }
}
