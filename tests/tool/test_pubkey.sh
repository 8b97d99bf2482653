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

embed() { cmake "-DOUTPUT=$dir/out.c" "-DCONFIGURED=$1" -DALLOW_PUBLISHED=OFF "-DPRODUCTION=${production:-OFF}" -P "$source/cmake/embed_pubkey.cmake"; }
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

# ---- lists ----

"$duoboot" keygen -q --out other.pem --public other.pub
mkdir -p elsewhere
cp key.pub elsewhere/spare.pub
list() { printf "$1" >product.keys; }
refuse_list() {
  list "$1"
  refuse "$dir/product.keys" "$2"
}
list '# our keys\n\nrelease 0 key.pub # the first\n  development\t7  other.pub\n'
embed "$dir/product.keys" >log 2>&1 || fail "refused: a list"
grep -q '= {2u, {' out.c || fail "not two keys"
grep -q '}}, 0u, DUO_KEY_RELEASE, 0u},' out.c || fail "not one release key"
grep -q '}}, 7u, DUO_KEY_DEVELOPMENT, 0u},' out.c || fail "not one development key"
"${CC:-cc}" -I"$source" -I"$source/include" -I/usr/include/bearssl -c -o key.o out.c || fail "does not compile"
production=ON embed "$dir/product.keys" >log 2>&1 || fail "refused: a list for production"
grep -q '}}, 7u, DUO_KEY_DEVELOPMENT, 1u},' out.c || fail "a development key is not refused in production"
(production=ON refuse_list 'development 0 key.pub\n' "development keys only") || exit 1
refuse_list '# none\n' "names no key"
refuse_list 'release 0 absent.pub\n' "does not exist"
refuse_list 'release key.pub\n' "line 1: 'release key.pub' is not"
refuse_list 'release 0 key.pub\nboss 0 other.pub\n' "line 2: 'boss 0 other.pub' is not"
refuse_list 'release 4294967296 key.pub\n' "above 4294967295"
refuse_list 'release 0 key.pub\nrelease 1 elsewhere/spare.pub\n' "twice"
refuse_list 'release 0 key.pem\n' "private key"
refuse_list 'release 0 ed.pub\n' "not a P-256 public key"
refuse_list 'release 0 published.raw\n' "published test key"
for n in 1 2 3 4 5 6 7 8 9; do
  "$duoboot" keygen -q --out "many$n.pem" --public "many$n.pub"
  echo "release 0 many$n.pub"
done >many
head -n 8 many >eight.keys
embed "$dir/eight.keys" >log 2>&1 || fail "refused: eight keys"
cp many nine.keys
refuse "$dir/nine.keys" "more than 8 keys"
echo "ok"
