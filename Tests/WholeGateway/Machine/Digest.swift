/// A number that stands for everything that was put into it, in order.
///
/// Source: FNV-1a, 64 bits. Not against anybody who means harm.
struct Digest {
    private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325

    mutating func mix(_ number: UInt64) { value = (value ^ number) &* 0x100_0000_01B3 }

    mutating func mix(_ text: String) {
        for byte in text.utf8 { mix(UInt64(byte)) }
    }
}
