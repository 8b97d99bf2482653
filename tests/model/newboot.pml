/* SPDX-License-Identifier: MIT */
/*
 * A new M7 bootloader, as a model: the M4's watches over it (core/txn/newboot.h, boot/cm4/guard.c). Power
 * cuts at any time, any number of them, and in each change of option bytes with each outcome. The
 * new one is good, or fails whenever it likes: in each boot before it has done anything, or never.
 *
 * The old bank is bank 1, as the device demands. With the options of a new chip (`lost`) it comes
 * first, and the M4 runs the beginning of what lies in bank 2, which only waits. What the model must
 * never do: let the new one fail while nobody watches, rest with a bad one, or go on without end.
 */
#ifdef NO_GUARD
#define HELD false
#else
#define HELD true
#endif

bit option = 0;     /* the bank that comes first at the next reset: 0 has the old one */
bool held = false;  /* option BCM7 = 0: the M4 starts first */
bool lost = false;

mtype = { STAGED, READY, TRIAL, DOWN, REVERTED, CONFIRMED, REST };
mtype phase = STAGED;
byte attempts = 0;
bool told = false;  /* in RAM: it was swapped back */
bool good;
byte cuts = 0;

#define CUT :: cuts < 6 -> cuts++; told = false; goto boot

/* Option bytes, then a reset. */
inline change(to, hold) {
    if
    :: cuts < 6 -> cuts++; told = false; goto boot
    :: cuts < 6 -> cuts++; told = false; option = 0; held = false; lost = true; goto boot
    :: option = to; held = hold; lost = false; goto boot
    fi
}

inline record(next) {
    if
    CUT
    :: phase = next
    fi
}

init {
    if
    :: good = true
    :: good = false
    fi;
boot:
    if
    :: option == 1 && !good ->
        if
        :: assert(held); told = true; change(0, false) /* it failed, and the M4 swaps back */
        :: skip /* it works this time */
        fi
    :: else -> skip
    fi;
    /* What an M7 bootloader does, the old one and the new one alike. */
    if
    :: lost -> change(option, held)
#ifndef NO_RELEASE
    :: !lost && held && phase != READY && phase != TRIAL && phase != DOWN -> change(option, false)
#endif
    :: else -> skip
    fi;
    if
    :: option == 1 && phase == READY -> record(TRIAL)
    :: option == 0 && (phase == TRIAL || phase == DOWN) -> record(REVERTED)
    :: else -> skip
    fi;
    if
    :: phase == STAGED -> record(READY); goto boot
    :: phase == READY && (told || attempts == 3) -> record(REVERTED); told = false; goto boot
    :: phase == READY && !told && attempts < 3 -> attempts++; change(1, HELD)
    :: phase == TRIAL ->
        if
        :: good -> record(CONFIRMED); goto boot
        :: record(DOWN); goto boot /* it does not confirm */
        fi
    :: phase == DOWN -> change(0, false)
    :: phase == REVERTED -> assert(option == 0); goto done
    :: phase == CONFIRMED && option == 0 -> change(1, false) /* as any swap by somebody else */
    :: phase == CONFIRMED && option == 1 -> assert(option == 1 && good); goto done
    fi;
done:
    assert(!held && !lost)
}
