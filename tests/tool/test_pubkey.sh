#!/bin/sh
# SPDX-License-Identifier: MIT
# The key that goes into a bootloader: every accepted form gives the same bytes; no key, a private key, a
# published key and other files are errors that say what to do.
set -eu
duoboot=$1 source=$2
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
unset DUO_PUBKEY

embed() { cmake "-DOUTPUT=$dir/out.c" "-DCONFIGURED=$1" -DALLOW_PUBLISHED=OFF -P "$source/cmake/embed_pubkey.cmake"; }
fail() { echo "FAIL: $1"; cat log 2>/dev/null || true; exit 1; }
refuse() {
  rm -f out.c
  if embed "$1" >log 2>&1; then fail "accepted: $1"; fi
  tr -s ' \n' ' ' <log | grep -q "$2" || fail "does not say '$2'"
  test ! -e out.c || fail "left a file behind"
}
same_key() {
  rm -f out.c
  embed "$1" >log 2>&1 || fail "refused: $1"
  sed -n '/{{/,/}}/p' out.c | grep -o '0x[0-9a-f]*' | cut -c3- | tr -d '\n' >have
  cmp -s have want || fail "$1 gives another key"
}

"$duoboot" keygen -q --out key.pem --public key.pub
"$duoboot" keygen -q --from key.pem --public key.raw --format raw
openssl pkey -pubin -in key.pub -outform DER -out key.der
od -An -v -tx1 key.raw | tr -d ' \n' >want
same_key "$dir/key.pub"
same_key "$dir/key.der"
same_key "$dir/key.raw"
(DUO_PUBKEY="$dir/key.pub"; export DUO_PUBKEY; embed "") >log 2>&1 || fail "the environment is not read"
"${CC:-cc}" -I"$source" -I"$source/include" -I/usr/include/bearssl -c -o key.o out.c || fail "does not compile"

refuse "" "No public key"
refuse "$dir/absent" "does not exist"
refuse "$dir/key.pem" "private key"
refuse "$source/LICENSE" "not a P-256 public key"
openssl genpkey -algorithm ed25519 -out ed.pem 2>/dev/null
openssl pkey -in ed.pem -pubout -out ed.pub
refuse "$dir/ed.pub" "not a P-256 public key"
printf -- '-----BEGIN PUBLIC KEY-----\nnonsense\n' >bad.pub
refuse "$dir/bad.pub" "not a public key in PEM"
# X of MCUboot's root-ec-p256.pem, which everybody can sign with
printf '\052\313\100\074\350\376\355\133\244\111\225\241\251\035\256\350\333\276\031\067\315\024\373\057\044\127\067\345\225\071\210\331' >published.raw
head -c 32 key.raw >>published.raw
refuse "$dir/published.raw" "published test key"
echo "ok"
