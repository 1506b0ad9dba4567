/* SPDX-License-Identifier: MIT */
/* What a pump has on its device, made and freed. For the pump's own files. */
#ifndef TENCH_LOAD_PUMP_MEMORY_H
#define TENCH_LOAD_PUMP_MEMORY_H

#include "load/pump.h"

/* Output number `number`: TN_ENOMEM, TN_EDEVICE; nothing is left then. */
int tn__pump_make_output(tn__pump *pump, int32_t number);
/* Waits until the device is through with all, then frees the pump; the device stays open. */
void tn__pump_free(tn__pump *pump);
/* The thread; its argument is the pump. */
void *tn__pump_run(void *argument);

#endif
