/* SPDX-License-Identifier: MIT */
/*
 * The transaction of a layout that swaps its banks, as a model: power cuts at any time, any number
 * of them, cuts in the change of option bytes with each outcome, and somebody who swaps by hand.
 * Read it beside core/txn/swap.h and docs/layouts.md. Checked by spin (tests/model/check).
 *
 * Abstractions: a bank holds a set, OLD, NEW or JUNK (torn or erased), and bootloaders that are
 * whole or not. Only the newest journal record matters, as in transaction.pml; it is found
 * whichever bank comes first. What the model must never do is start from a bank whose bootloaders
 * are not whole, or run anything but the set that its record names.
 */
mtype = { OLD, NEW, JUNK };

/* By physical bank. */
typedef bank { mtype set; bool boots };
bank b[2];

bit option;        /* the bank that the option bytes put first at the next reset */
bool lost = false; /* they are those of a new chip: the boot addresses are wrong, too */
bit first;         /* the bank that came first at this reset */

mtype = { IDLE, LOADING, STAGED, UP, READY, TRIAL, DOWN, BACK, REVERTED, CONFIRMED };
mtype phase = IDLE; /* the newest record that is certain, */
bit at = 0;         /*   and the physical bank that it gives to the current set */
mtype h_phase;      /* a record that may or may not be there */
bit h_at;
bool torn = false;

mtype p; bit w;     /* what this power-up believes */
byte trials = 0;

/* The power can go at any place that uses this. */
#define CUT :: goto boot

inline append(np, nw) {   /* write, then seal */
    h_phase = np; h_at = nw; torn = true;
    if
    CUT
    :: skip
    fi;
    phase = np; at = nw; torn = false;
    p = np; w = nw
}

/* Option bytes, then a reset: a cut leaves the old ones, the new ones, or those of a new chip. */
inline change(to) {
    if
    CUT
    :: option = 0; lost = true
    :: option = to; lost = false
    fi;
    goto boot
}

inline load() {
    b[1 - w].set = JUNK;
    if CUT :: skip fi;
    b[1 - w].set = NEW
}

/* A copy that is whole is left alone. */
inline copy_bootloaders() {
    if
    :: b[1 - w].boots
    :: else ->
        if CUT :: skip fi;
        b[1 - w].boots = true
    fi
}

inline runs(what) {
    d_step {
        assert(first == w && b[first].set == what)
    }
}

init {
    b[0].set = OLD; b[0].boots = true; b[1].set = JUNK; b[1].boots = false;
boot:
    /* Somebody with a programmer; who puts a bank first that does not start has no device. */
    if
    :: b[1 - option].boots -> option = 1 - option
    :: skip
    fi;
    first = option;
    assert(b[first].boots);
    if
    :: lost -> change(first) /* the boot addresses, before anything else */
    :: else -> skip
    fi;
    if
    :: torn -> p = h_phase; w = h_at
    :: p = phase; w = at
    fi;
    if
    :: torn -> append(p, w)
    :: else -> skip
    fi;
#ifndef NO_PLACE
    /* The swap that was asked for is done; any other is undone. */
    if
    :: first != w && p == READY -> append(TRIAL, first)
    :: first != w && p == BACK -> append(REVERTED, first)
    :: first != w && p != READY && p != BACK -> change(w)
    :: else -> skip
    fi;
#endif
    if
    :: p == IDLE || p == LOADING -> runs(OLD);
        append(LOADING, w); load(); copy_bootloaders(); append(STAGED, w); goto boot
    :: p == STAGED -> runs(OLD); append(UP, w); goto boot
    :: p == UP -> copy_bootloaders(); append(READY, w); goto boot
    :: p == READY -> change(1 - w)
    :: p == TRIAL ->
        if
        :: trials < 2 -> trials++; runs(NEW);
            if
            :: append(CONFIRMED, w); goto boot
            :: goto boot
            fi
        :: else -> append(DOWN, w); goto boot
        fi
    :: p == DOWN -> append(BACK, w); goto boot
    :: p == BACK -> change(1 - w)
    :: p == REVERTED -> runs(OLD); goto done
    :: p == CONFIRMED -> runs(NEW); goto done
    fi;
done:
    /* At rest. The other bank holds the other set, whole. */
    assert(b[1 - w].boots && b[1 - w].set == (p == REVERTED -> NEW : OLD))
}
