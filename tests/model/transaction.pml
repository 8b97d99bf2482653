/* SPDX-License-Identifier: MIT */
/*
 * The update transaction as a model: two banks, a journal, power cuts at any time, any number of
 * them. Read it beside docs/transaction.md. Checked by spin (tests/model/check).
 *
 * Abstractions: an image is two sectors per core; a sector holds OLD, NEW, or JUNK (torn or erased).
 * Only the newest journal record matters; a record whose writing is cut may be there at one power-up
 * and not at the next (`torn`), until the record is claimed. What the model must never do is run
 * anything but two whole images of one set.
 */
#define N 2 /* sectors per image */

mtype = { OLD, NEW, JUNK };

/* One bank: application slot P, staging S, spare Z. B[0] = Z, B[k] = S[k-1]. */
typedef bank { mtype P[N]; mtype S[N]; mtype Z };
bank b[2];

/* The journal: IDLE with OLD, EXCHANGE up, TRIAL of NEW, EXCHANGE down, confirmed. */
mtype = { STAGED, UP, TRIAL, DOWN, REVERTED, CONFIRMED };
mtype phase = STAGED; /* the newest record that is certain */
byte step = 0;
mtype h_phase;        /* a record that may or may not be there */
byte h_step;
bool torn = false;

mtype p; byte s;      /* what this power-up believes */
byte trials = 0;      /* recorded before the applications start */

/* The power can go at any place that uses this. Never twice in a row without a boot. */
#define CUT :: goto boot

inline append(np, ns) {   /* write, then seal */
    h_phase = np; h_step = ns; torn = true;
    if
    CUT
    :: skip
    fi;
    phase = np; step = ns; torn = false;
    p = np; s = ns
}

/* A sector operation in one bank that may be cut: the sector is JUNK then. */
inline save_up(c, k) {
    if :: k == 0 -> b[c].Z = JUNK :: else -> b[c].S[k - 1] = JUNK fi;
    if CUT :: skip fi;
    if :: k == 0 -> b[c].Z = b[c].P[k] :: else -> b[c].S[k - 1] = b[c].P[k] fi
}
inline put_up(c, k) {
    b[c].P[k] = JUNK;
    if CUT :: skip fi;
    b[c].P[k] = b[c].S[k]
}
inline save_down(c, k) {
    b[c].S[k] = JUNK;
    if CUT :: skip fi;
    b[c].S[k] = b[c].P[k]
}
inline put_down(c, k) {
    b[c].P[k] = JUNK;
    if CUT :: skip fi;
    if :: k == 0 -> b[c].P[k] = b[c].Z :: else -> b[c].P[k] = b[c].S[k - 1] fi
}

/* One step: both banks, in either order (what lies between is any interleaving of their sectors). */
inline do_step(up, c) {
    if
    :: up && s % 2 == 0 -> save_up(c, s / 2)
    :: up && s % 2 == 1 -> put_up(c, s / 2)
    :: !up && s % 2 == 0 -> save_down(c, N - 1 - s / 2)
    :: !up && s % 2 == 1 -> put_down(c, N - 1 - s / 2)
    fi
}

inline exchange(up, after) {
    do
    :: s < 2 * N ->
        if
        :: do_step(up, 0); do_step(up, 1)
        :: do_step(up, 1); do_step(up, 0)
        fi;
        if
        :: s + 1 == 2 * N -> append(after, 0); break
        :: else -> append(p, s + 1)
        fi
    od
}

inline runs(set) {
    d_step {
        assert(b[0].P[0] == set && b[0].P[1] == set && b[1].P[0] == set && b[1].P[1] == set)
    }
}

init {
    byte c;
    d_step {
        c = 0;
        do
        :: c < 2 ->
            b[c].P[0] = OLD; b[c].P[1] = OLD; b[c].S[0] = NEW; b[c].S[1] = NEW; b[c].Z = JUNK; c++
        :: else -> break
        od
    }
boot:
    /* Reading the journal: a record that was cut is seen or not. */
    if
    :: torn -> p = h_phase; s = h_step
    :: p = phase; s = step
    fi;
    /* Before the flash is changed, what is believed is written once more, over the other one. */
#ifndef NO_CLAIM
    if
    :: torn -> append(p, s)
    :: else -> skip
    fi;
#endif
    if
    :: p == STAGED -> runs(OLD); append(UP, 0); exchange(true, TRIAL); goto boot
    :: p == UP -> exchange(true, TRIAL); goto boot
    :: p == TRIAL ->
        if
        :: trials < 2 -> trials++; runs(NEW);
            if
            :: append(CONFIRMED, 0); goto boot /* both applications confirm */
            :: goto boot                       /* they do not */
            fi
        :: else -> append(DOWN, 0); exchange(false, REVERTED); goto boot
        fi
    :: p == DOWN -> exchange(false, REVERTED); goto boot
    :: p == REVERTED -> runs(OLD); goto done
    :: p == CONFIRMED -> runs(NEW); goto done
    fi;
done:
    /* At rest. Both sets are still there: nothing is lost by an exchange. */
    if
    :: p == REVERTED -> assert(b[0].S[0] == NEW && b[0].S[1] == NEW && b[1].S[0] == NEW && b[1].S[1] == NEW)
    :: else -> assert(b[0].Z == OLD && b[0].S[0] == OLD && b[1].Z == OLD && b[1].S[0] == OLD)
    fi
}
