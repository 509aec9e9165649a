#include "fuzzer.h"

// libFuzzer's archive also holds a main that wants this; ours calls the driver itself.
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)data;
    (void)size;
    return 0;
}
