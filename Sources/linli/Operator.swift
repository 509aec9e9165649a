import Glibc

/// Who is at the keyboard, for the audit trail: the one who became root, where somebody did.
enum Operator {
    static var name: String {
        let names = ["SUDO_USER", "USER", "LOGNAME"]
        let found = names.lazy.compactMap(environment).first { !$0.isEmpty } ?? account
        return "linli:" + found.printable
    }

    /// The account this program runs as; its number where it has no name.
    private static var account: String {
        guard let entry = getpwuid(getuid()) else { return "\(getuid())" }
        return String(cString: entry.pointee.pw_name)
    }
}
