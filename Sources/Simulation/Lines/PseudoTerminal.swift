import Execution
internal import CLinux
import Glibc

/// A pseudo-terminal that stands for a serial line: the simulation holds its master side, a
/// client opens ``path`` like any tty.
///
/// The client's side is kept open here too, so that a client that comes and goes is not taken
/// for the end of the line. Closes, and removes its link, when the value goes away.
package struct PseudoTerminal: ~Copyable {
    /// What a client opens: the link where one was given, else the device in `/dev/pts`.
    package let path: String
    let descriptor: CInt
    private let client: CInt
    private let link: String?

    /// Opens a pseudo-terminal in raw mode.
    ///
    /// - Parameter link: Where a symbolic link to it is made. A link left over is replaced; a
    ///   file or device of that name is not.
    package init(link: String? = nil) throws(PseudoTerminalError) {
        let master = open("/dev/ptmx", O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK)
        guard master >= 0 else { throw .open(errno: errno) }
        var number: CInt = 0
        var unlocked: CInt = 0
        guard ioctl(master, Self.getNumber, &number) == 0,
            ioctl(master, Self.setLock, &unlocked) == 0
        else {
            let reason = errno
            close(master)
            throw .open(errno: reason)
        }
        let device = "/dev/pts/\(number)"
        let client = open(device, O_RDWR | O_NOCTTY | O_CLOEXEC)
        guard client >= 0 else {
            let reason = errno
            close(master)
            throw .open(errno: reason)
        }
        var settings = termios()
        tcgetattr(client, &settings)
        cfmakeraw(&settings)
        tcsetattr(client, TCSANOW, &settings)
        if let link {
            do { try Self.makeLink(link, to: device) } catch {
                close(client)
                close(master)
                throw error
            }
        }
        self.client = client
        self.link = link
        descriptor = master
        path = link ?? device
    }

    /// Has the client read bytes, as what is plugged in there would send them: a few hundred at a
    /// time, that many the terminal holds for a client that does not read.
    package func send(_ text: String) throws(PseudoTerminalError) {
        let count = write(descriptor, text, text.utf8.count)
        guard count == text.utf8.count else { throw .write(errno: errno) }
    }

    deinit {
        if let link { unlink(link) }
        close(client)
        close(descriptor)
    }

    private static func makeLink(
        _ link: String, to device: String
    ) throws(PseudoTerminalError) {
        var status = stat()
        if lstat(link, &status) == 0 {
            guard status.st_mode & S_IFMT == S_IFLNK else { throw .occupied(path: link) }
            unlink(link)
        }
        guard symlink(device, link) == 0 else { throw .link(path: link, errno: errno) }
    }

    // Source: asm-generic/ioctls.h: TIOCGPTN and TIOCSPTLCK, macros that Swift cannot import.
    private static let getNumber: UInt = 0x8004_5430
    private static let setLock: UInt = 0x4004_5431
}

/// Why there is no pseudo-terminal.
package enum PseudoTerminalError: Error, Hashable {
    case open(errno: Int32)
    /// Something that is no symbolic link stands where the link should be.
    case occupied(path: String)
    case link(path: String, errno: Int32)
    /// The client has not read what was sent before.
    case write(errno: Int32)
}

extension PseudoTerminalError: CustomStringConvertible {
    package var description: String {
        switch self {
        case .open(let errno):
            "no pseudo-terminal can be opened: \(SystemError.text(errno))"
        case .occupied(let path): "\(path) exists and is not a symbolic link; it is left alone"
        case .link(let path, let errno):
            "the link \(path) cannot be made: \(SystemError.text(errno))"
        case .write(let errno):
            "nothing can be sent over the pseudo-terminal: \(SystemError.text(errno))"
        }
    }
}
