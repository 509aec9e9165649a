#ifndef LINLI_CMOSQUITTO_SHIM_H
#define LINLI_CMOSQUITTO_SHIM_H

#include <mosquitto.h>
#include <mqtt_protocol.h>

#endif
