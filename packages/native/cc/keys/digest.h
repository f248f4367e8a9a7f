#ifndef LATCHKEY_KEYS_DIGEST_H_
#define LATCHKEY_KEYS_DIGEST_H_

#include <openssl/evp.h>

#include "keys/operation.h"
#include "support/bytes.h"

namespace latchkey::keys {

// What is to be signed: the payload, or its hash where it is a message, then in `room`. Empty if it cannot be hashed.
ByteView DigestToSign(const Operation& operation, uint8_t (&room)[EVP_MAX_MD_SIZE]);

}  // namespace latchkey::keys

#endif  // LATCHKEY_KEYS_DIGEST_H_
