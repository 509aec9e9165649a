#ifndef LINLI_CZSTD_SHIM_H
#define LINLI_CZSTD_SHIM_H

#include <zstd.h>

#endif
