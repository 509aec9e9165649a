/// What is to be simulated.
struct RunOptions {
    var deviceCount = 4
    var interval = "1m"
    var days = 1.0
    var isTelling = false
    /// One in so many good values is checked against the device.
    var checkShare: UInt64 = 10
    /// How many seconds pass from one fault to the next, on average.
    var faultPause: Int64 = 600
    var kinds = FaultKind.allCases
    /// So many violations end the run.
    var violationLimit = 1
}
