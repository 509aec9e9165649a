#ifndef LINLI_CMODBUS_SHIM_H
#define LINLI_CMODBUS_SHIM_H

#include <modbus/modbus.h>

#endif
