/// The version of this software.
package enum LinliVersion {
    package static let text = "0.1.0"
}
