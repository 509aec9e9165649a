/// Who is at the keyboard, for the audit trail: the one who became root, where somebody did.
enum Operator {
    static var name: String {
        let names = ["SUDO_USER", "USER", "LOGNAME"]
        let found = names.lazy.compactMap(environment).first { !$0.isEmpty } ?? "unknown"
        return "linli:" + found.printable
    }
}
