#include "keys/multi_buffer/nonces.h"

#include <openssl/rand.h>

#include "keys/multi_buffer/words.h"
#include "support/openssl.h"

namespace latchkey::keys::multi_buffer {

namespace {

bool Draw(ByteView messages, uint64_t* words, size_t count) {
  EVP_RAND_CTX* generator = RAND_get0_private(nullptr);
  return generator != nullptr &&
         EVP_RAND_generate(generator, reinterpret_cast<unsigned char*>(words), count * sizeof(uint64_t), 0, 0,
                           messages.data, messages.size) == 1;
}

uint64_t MaskOfTopWord(const std::vector<uint64_t>& order) {
  return ~uint64_t{0} >> __builtin_clzll(order.back());
}

// Its time tells whether the number is in range, and nothing else of it.
bool IsInRange(const uint64_t* number, const std::vector<uint64_t>& order, SecretWords& room) {
  uint64_t any = 0;
  for (size_t i = 0; i < order.size(); ++i) any |= number[i];
  return Subtract(number, order.data(), room.data(), order.size()) == 1 && any != 0;
}

}  // namespace

bool DrawNonces(ByteView messages, const std::vector<uint64_t>& order, uint64_t* nonces, size_t count) {
  const size_t size = order.size();
  const uint64_t mask = MaskOfTopWord(order);
  SecretWords room(size);
  if (!Draw(messages, nonces, count * size)) return false;
  for (uint64_t* nonce = nonces; nonce < nonces + count * size; nonce += size) {
    nonce[size - 1] &= mask;
    while (!IsInRange(nonce, order, room)) {
      if (!Draw({}, nonce, size)) return false;
      nonce[size - 1] &= mask;
    }
  }
  return true;
}

}  // namespace latchkey::keys::multi_buffer
