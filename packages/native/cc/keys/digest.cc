#include "keys/digest.h"

namespace latchkey::keys {

ByteView DigestToSign(const Operation& operation, uint8_t (&room)[EVP_MAX_MD_SIZE]) {
  const ByteView payload = operation.payload;
  if (!operation.payload_is_message) return payload;
  const EVP_MD* hash = DigestOf(*operation.scheme);
  unsigned int length = 0;
  if (hash == nullptr || EVP_Digest(payload.data, payload.size, room, &length, hash, nullptr) != 1) return {};
  return {room, length};
}

}  // namespace latchkey::keys
