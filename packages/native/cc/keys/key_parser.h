#ifndef LATCHKEY_KEYS_KEY_PARSER_H_
#define LATCHKEY_KEYS_KEY_PARSER_H_

#include <memory>

#include "keys/key.h"
#include "support/bytes.h"

namespace latchkey::keys {

struct ParsedKey {
  // Null if the bytes are not a key that can be used.
  std::shared_ptr<const Key> key;
  // Why not: a KeyParseReason of src/key-errors.ts.
  const char* reason = nullptr;
};

// Reads PEM or DER; PKCS#8, also encrypted, PKCS#1 or SEC1. `passphrase` may be null.
ParsedKey ParseKey(ByteView bytes, const ByteView* passphrase);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_KEY_PARSER_H_
