package import Documents
package import Modbus

extension ConnectionOverrides {
    /// Reads the section `connection` of a profile or of a bus.
    package init?(_ node: DocumentNode) {
        guard let fields = node.fields(["settle", "keep", "transactions"]) else { return nil }
        let settle = fields.optional("settle").map { $0.duration(in: .zero ... .seconds(10)) }
        let keep = fields.optional("keep").map { $0.boolean() }
        let transactions = fields.optional("transactions").map {
            $0.choice(among: [("checked", true), ("unchecked", false)])
        }
        guard settle != .some(nil), keep != .some(nil), transactions != .some(nil) else {
            return nil
        }
        self.init(
            settle: settle ?? nil, isKept: keep ?? nil, checksTransactions: transactions ?? nil)
    }
}
