/// Something that somebody wants of a bank, from its being granted to its end.
struct BankRequest: Hashable, Sendable {
    let number: Int
    let compartment: String
    var stage: Stage
    /// What is answered when all is well.
    let answer: LockerBankPolicy.Answer
    var kind: Kind

    enum Stage: Hashable, Sendable {
        /// Its entry is being written; then its compartment is opened.
        case granted
        /// Its entry is being written; then it is answered, and nothing opened.
        case settled
        /// Its strike is told, or waits for its turn.
        case opening
        /// That it opened nothing is being written; then it is answered.
        case undone(LockerRefusal)
    }

    enum Kind: Hashable, Sendable {
        /// Opened by hand, by a command that has a name or none.
        case release(command: String?)
        case deposit(Parcel)
        /// A parcel is taken out, by its code, its courier, or the house.
        case collection
        /// A parcel is taken out by a token of this nonce.
        case token(String)
        /// Nothing is opened.
        case entry
    }

    /// Whether it is granted and not known to have opened anything: until that is so, its compartment
    /// is nobody else's.
    var isOpen: Bool { stage == .granted || stage == .opening }
}
