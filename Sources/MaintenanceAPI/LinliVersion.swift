/// The version of linlid, linli and the maintenance interface, which are released together.
package enum LinliVersion {
    package static let text = "0.1.0"
}
