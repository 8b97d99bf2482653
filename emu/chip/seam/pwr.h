/* SPDX-License-Identifier: MIT */
/* PWR: supply, voltage, domains. */
#ifndef EMU_CHIP_SEAM_PWR_H
#define EMU_CHIP_SEAM_PWR_H

#include "emu/machine.h"

bool pwr_backup_writable(const struct pwr *p); /* CR1.DBP */
unsigned pwr_vos(const struct pwr *p);         /* 0..3 = VOS0..VOS3 in force */
bool pwr_supply_done(const struct pwr *p);     /* CR3 was written: not in Run* any more */
/* SYSCFG_PWRCR.ODEN changed. */
void pwr_overdrive_changed(struct pwr *p);
/* System Stop was entered (STOPF of both cores, voltage falls back to VOS3). */
void pwr_system_stop(struct pwr *p);
/* May the D3 domain stop (no RUN_D3 of either core)? */
bool pwr_d3_may_stop(const struct pwr *p);
/* It is left: the core that a HOLD bit is for stands until that is cleared. */
void pwr_leave_stop(struct pwr *p);
/* Must this core stand: held after system Stop, or the chip in Standby? */
bool pwr_holds(const struct pwr *p, enum core_id id);
/* The domain of that core goes to Standby; it wakes (no harm when it does not come from there). */
void pwr_enter_standby(struct pwr *p, enum core_id id);
void pwr_core_wakes(struct pwr *p, enum core_id id);
/* The whole chip goes to Standby. */
void pwr_system_standby(struct pwr *p);
bool pwr_in_standby(const struct pwr *p); /* NULL is allowed */
/* A wake-up pin or the RTC: ends Standby of the chip. */
void pwr_wake_event(struct pwr *p);
/* Once there are pins. */
void pwr_watch_pins(struct pwr *p);
/* Do both cores ask for Standby of this domain (1..3) instead of Stop? */
bool pwr_standby(const struct pwr *p, unsigned domain);

#endif
